// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';
import { backendMemoryBytes } from '@weir/resilience';
import { describe, expect, it } from 'vitest';
import { endpointKey } from '../engine/endpoint-key.ts';
import { BackendSlots } from './backend-slots.ts';
import { CurrentState } from './current-state.ts';

const ENDPOINTS: Backend['endpoints'] = [
  { address: '127.0.0.1', port: 80 },
  { address: '::1', port: 80 },
];

const BACKEND: Backend = {
  ...{ kind: 'backend', name: 'backend/ns/main/80', label: 'ns/main:80', endpoints: ENDPOINTS, balance: 'leastRequest' },
  ...{ protocol: 'http1', connectTimeoutMs: 1_000, tls: undefined, proxyProtocol: undefined, sessionPersistence: undefined },
  ...{ circuitBreaker: undefined, connectionLimits: undefined, sources: [] },
};

function createState(): CurrentState {
  const memory = new SharedArrayBuffer(backendMemoryBytes(2, 1));
  return new CurrentState(8, new BackendSlots({ memory, workerCount: 1, capacity: 2 }));
}

describe('the current state', () => {
  it('names endpoints as workers look them up, IPv6 in brackets', () => {
    const state = createState();
    const { slots } = state.record({ version: 1, upserts: [BACKEND], removes: [] });
    expect(slots).toEqual(ENDPOINTS.map((endpoint, index) => [endpointKey(endpoint), index]));
    expect(state.whole().slots).toEqual(slots);
  });

  it('places backends that have a breaker, and gives the place to another when one goes', () => {
    const state = createState();
    const circuitBreaker = { errorPercent: 50, minimumRequests: 1, windowMs: 1_000, openMs: 1_000, halfOpenRequests: 1 };
    const broken = { ...BACKEND, circuitBreaker };
    const record = (version: number, upserts: readonly Backend[], removes: readonly string[] = []) =>
      state.record({ version, upserts, removes }).backendSlots;
    expect(record(1, [BACKEND])).toEqual([]);
    expect(record(2, [broken])).toEqual([[BACKEND.name, 0]]);
    expect(record(3, [{ ...broken, connectTimeoutMs: 2_000 }])).toEqual([]);
    expect(record(4, [{ ...broken, name: 'backend/ns/other/80' }])).toEqual([['backend/ns/other/80', 1]]);
    expect(record(5, [BACKEND], ['backend/ns/other/80'])).toEqual([]);
    expect(state.whole().backendSlots).toEqual([]);
  });

  it('frees the slots of endpoints that leave', () => {
    const state = createState();
    state.record({ version: 1, upserts: [BACKEND], removes: [] });
    state.record({ version: 2, upserts: [], removes: [BACKEND.name] });
    expect(state.whole().slots).toEqual([]);
  });
});
