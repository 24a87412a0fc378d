// SPDX-License-Identifier: Apache-2.0
import { boundedDuration } from '../bounded-duration.ts';
import { duration } from '../fields.ts';
import { strictObject } from '../strict-object.ts';
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
const connect = boundedDuration(100, 60_000);

/** Who wants silence for longer than a day sends a ping; what has no end would keep the connections of dead peers for ever. */
const MAX_IDLE_MS = 24 * 3_600_000;
const idle = boundedDuration(100, MAX_IDLE_MS);

/** How long things may take. What a route says itself goes before `request` and `attempt`, unless a policy overrides it. */
export const timeouts = strictObject({
  request: merged(duration, CALLS)
    .optional()
    .describe('The whole request, all attempts included, until its answer is complete; 0s = no limit.'),
  attempt: merged(duration, CALLS).optional().describe('One attempt, until its answer is complete; 0s = no limit.'),
  idle: merged(idle, CALLS)
    .optional()
    .describe(
      'Silence: no byte of a request, its answer or its stream (WebSocket, gRPC, server-sent events) in either direction. Unless written, the limits of the gateway hold (docs/limits.md).',
    ),
  stream: merged(duration, CALLS)
    .optional()
    .describe(
      'The whole of a stream: a WebSocket, a gRPC call or server-sent events, from its request on; 0s = no limit. Where it is written, `request` and `attempt` of a stream end with the head of its answer.',
    ),
  connect: merged(connect, BACKEND)
    .optional()
    .describe(
      'One connection to an endpoint, its TLS handshake included; 5s unless written. Only of policies for a Service, its Namespace or a Gateway.',
    ),
}).describe('How long things may take.');
