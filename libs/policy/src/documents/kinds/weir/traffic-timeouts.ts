// SPDX-License-Identifier: Apache-2.0
import { duration } from '../fields.ts';
import { strictObject } from '../strict-object.ts';
import { durationBetween } from './duration-between.ts';
import { merged } from './field-traits.ts';
import type { FieldTraits } from './field-traits.ts';
import { BACKEND } from './traffic-balancing.ts';

/** How upstream calls are made is for whoever makes them. */
export const CALLS: FieldTraits = {
  chain: 'request',
  strategy: 'nearest',
  enforcedAt: 'whoever calls: the gateway, in the mesh the calling side',
};

/** Connections that take longer are lost: kernels give up after about two minutes themselves. */
const connect = durationBetween('100ms', '1m');

/** How long things may take. What a route says itself goes before `request` and `attempt`, unless a policy overrides it. */
export const timeouts = strictObject({
  request: merged(duration, CALLS)
    .optional()
    .describe('The whole request, all attempts included, until its answer is complete; 0s = no limit.'),
  attempt: merged(duration, CALLS).optional().describe('One attempt, until its answer is complete; 0s = no limit.'),
  connect: merged(connect, BACKEND)
    .optional()
    .describe(
      'One connection to an endpoint, its TLS handshake included; 5s unless written. Only of policies for a Service, its Namespace or a Gateway.',
    ),
}).describe('How long things may take.');
