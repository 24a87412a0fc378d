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

const connect = durationBetween(MIN_CONNECT_MS, MAX_CONNECT_MS, 'write 100ms to 1m');

/** Who wants silence for longer than a day sends a ping; what has no end would keep the connections of dead peers for ever. */
const MAX_IDLE_MS = 24 * 3_600_000;
const MIN_IDLE_MS = 100;

const idle = durationBetween(MIN_IDLE_MS, MAX_IDLE_MS, 'write 100ms to 24h');

function durationBetween(minMs: number, maxMs: number, advice: string) {
  const isWithin = (text: string): boolean => !isDuration(text) || (parseDuration(text) >= minMs && parseDuration(text) <= maxMs);
  const inApi = { kind: 'none', reason: 'CEL has no durations of GEP-2257' } as const;
  return duration.refine(withApiForm(inApi, isWithin), says('is out of range', advice));
}

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
      'One connection to an endpoint, its TLS handshake included; 5s unless written. Only of policies for a Service or its Namespace.',
    ),
}).describe('How long things may take.');
