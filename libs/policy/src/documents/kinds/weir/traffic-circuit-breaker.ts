// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { MAX_PROBES } from '../../../snapshot/backend.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { boundedDuration } from '../bounded-duration.ts';
import { BACKEND } from './traffic-balancing.ts';

const MAX_REQUESTS = 1_000_000;

/** When requests are refused at once, as they would fail. A whole: what two policies say of it is not mixed. */
export const circuitBreaker = merged(
  strictObject({
    errorPercent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Opens when at least this share of the attempts that ended within `window` failed; 50 unless written. An attempt fails by a connection that cannot be made, is reset or breaks off, by a timeout of a policy or route, by a status of 500 to 599 (but 501 and 505), and by the gRPC codes UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE and DATA_LOSS. What the client breaks off does not count.',
      ),
    minimumRequests: z
      .int()
      .min(1)
      .max(MAX_REQUESTS)
      .optional()
      .describe('With fewer attempts that ended within `window` it stays closed; 20 unless written.'),
    window: boundedDuration(100, 3_600_000)
      .optional()
      .describe('How far back attempts count, to a tenth of it; 10s unless written.'),
    openFor: boundedDuration(100, 3_600_000)
      .optional()
      .describe(
        'How long requests are refused before some may probe; 5s unless written. A probe without an answer after as long gives its turn to another request.',
      ),
    halfOpenRequests: z
      .int()
      .min(1)
      .max(MAX_PROBES)
      .optional()
      .describe('Probes, all of which have to be good for it to close; 1 unless written. The first that fails opens it again.'),
  }),
  BACKEND,
);
