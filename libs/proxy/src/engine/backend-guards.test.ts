// SPDX-License-Identifier: Apache-2.0
import { HeaderList, stack } from '@weir/base';
import type { Backend } from '@weir/policy/snapshot';
import { BackendMemory, backendMemoryBytes } from '@weir/resilience';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { expect, it } from 'vitest';
import { BackendGuards } from './backend-guards.ts';
import type { BackendGuard } from './backend-guards.ts';

const BREAKER = { errorPercent: 1, minimumRequests: 1, windowMs: 1_000, openMs: 1_000, halfOpenRequests: 1 };
const LIMITS = { maxConnections: 5, maxPendingRequests: 5, maxParallelRequests: undefined };
const BACKEND: Backend = {
  ...{ kind: 'backend', name: 'backend/shop/cart/80', label: 'shop/cart:80', protocol: 'http1', tls: undefined },
  ...{ proxyProtocol: undefined, balance: 'leastRequest', connectTimeoutMs: 1_000, endpoints: [], sources: [] },
  sessionPersistence: undefined,
  ...{ circuitBreaker: BREAKER, connectionLimits: undefined },
};

function createGuards() {
  const events: string[] = [];
  const guards = new BackendGuards({
    memory: new BackendMemory(new SharedArrayBuffer(backendMemoryBytes(2, 1)), { workerIndex: 0, workerCount: 1 }),
    clock: createManualClock(),
    telemetry: {
      backendRefused: (backend, reason) => void events.push(`${backend} refused: ${reason}`),
      breakerChanged: (backend, state) => void events.push(`${backend} ${state}`),
    },
  });
  return { guards, events };
}

/** A call under a guard that the backend answers with this status; whether it was made. */
function call({ layers }: BackendGuard, status: number): boolean {
  const upstream = createScriptedDispatch();
  stack(upstream.dispatch, ...layers)(createTestExchange(), createRecordingHandler());
  upstream.attempts[0]?.handler.onHead({ status, headers: new HeaderList(), contentLength: 0 });
  return upstream.attempts.length > 0;
}

it('asks nothing of calls to a backend that has neither breaker nor limits', () => {
  expect(createGuards().guards.enter({ ...BACKEND, circuitBreaker: undefined })).toMatchObject({ layers: [], gate: undefined });
});

it('keeps a breaker as it is when the endpoints or the settings of its backend become others', () => {
  const { guards, events } = createGuards();
  guards.learnSlots([[BACKEND.name, 1]]);
  const before = guards.enter(BACKEND);
  expect(call(before, 500)).toBe(true);
  const after = guards.enter({ ...BACKEND, circuitBreaker: { ...BREAKER, openMs: 2_000 } });
  before.leave();
  expect(call(after, 200)).toBe(false);
  expect(events).toEqual(['shop/cart:80 open', 'shop/cart:80 refused: circuit_open']);
});

it('gives a backend that lost its place meanwhile nothing of whoever has that now', () => {
  const { guards } = createGuards();
  guards.learnSlots([[BACKEND.name, 0]]);
  const before = guards.enter(BACKEND);
  call(before, 500);
  guards.learnSlots([
    [BACKEND.name, 1],
    ['backend/shop/other/80', 0],
  ]);
  const after = guards.enter(BACKEND);
  before.leave();
  expect(call(after, 200)).toBe(true);
  expect(call(guards.enter(BACKEND), 200)).toBe(true);
});

it('has one gate for as long as the limits are the same: pools are kept apart by it', () => {
  const { guards } = createGuards();
  const limited = { ...BACKEND, connectionLimits: LIMITS };
  const { gate } = guards.enter(limited);
  expect(guards.enter({ ...limited, circuitBreaker: undefined }).gate).toBe(gate);
  const other = guards.enter({ ...limited, connectionLimits: { ...LIMITS, maxConnections: 6 } }).gate;
  expect(other?.name).not.toBe(gate?.name);
});
