// SPDX-License-Identifier: Apache-2.0
import { duration } from '../fields.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import type { FieldTraits } from './field-traits.ts';

/** How upstream calls are made is for whoever makes them. */
export const CALLS: FieldTraits = {
  chain: 'request',
  strategy: 'nearest',
  enforcedAt: 'whoever calls: the gateway, in the mesh the calling side',
};

/** How long things may take. What a route says itself goes before these, unless a policy overrides it. */
export const timeouts = strictObject({
  request: merged(duration, CALLS)
    .optional()
    .describe('The whole request, all attempts included, until its answer is complete; 0s = no limit.'),
  attempt: merged(duration, CALLS).optional().describe('One attempt, until its answer is complete; 0s = no limit.'),
}).describe('How long things may take.');
