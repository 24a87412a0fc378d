// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import { withApiForm } from '../api-form.ts';
import { duration } from '../fields.ts';
import { says, strictObject } from '../strict-object.ts';
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
const MAX_CONNECT_MS = 60_000;
const MIN_CONNECT_MS = 100;

const connect = duration.refine(
  withApiForm(
    { kind: 'none', reason: 'CEL has no durations of GEP-2257' },
    (text: string) => !isDuration(text) || (parseDuration(text) >= MIN_CONNECT_MS && parseDuration(text) <= MAX_CONNECT_MS),
  ),
  says('is out of range', 'write 100ms to 1m'),
);

/** How long things may take. What a route says itself goes before `request` and `attempt`, unless a policy overrides it. */
export const timeouts = strictObject({
  request: merged(duration, CALLS)
    .optional()
    .describe('The whole request, all attempts included, until its answer is complete; 0s = no limit.'),
  attempt: merged(duration, CALLS).optional().describe('One attempt, until its answer is complete; 0s = no limit.'),
  connect: merged(connect, BACKEND)
    .optional()
    .describe(
      'One connection to an endpoint, its TLS handshake included; 5s unless written. Only of policies for a Service or its Namespace.',
    ),
}).describe('How long things may take.');
