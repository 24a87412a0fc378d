// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { merged } from './field-traits.ts';
import { CALLS } from './traffic-timeouts.ts';

/** How important requests are. */
export const priority = merged(z.enum(['Critical', 'High', 'Low', 'Normal']), {
  ...CALLS,
  enforcedAt: 'the gateway, when it runs out of memory, of time or of room',
});
