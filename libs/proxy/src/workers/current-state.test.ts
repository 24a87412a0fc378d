// SPDX-License-Identifier: Apache-2.0
import type { Backend, Split } from '@weir/policy/snapshot';
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

function createState(capacity = 2): CurrentState {
  const memory = new SharedArrayBuffer(backendMemoryBytes(capacity, 1));
  return new CurrentState(8, new BackendSlots({ memory, workerCount: 1, capacity }));
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

  it('knows the endpoints of both revisions, and what their breakers and their fuse share', () => {
    const state = createState(4);
    const circuitBreaker = { errorPercent: 50, minimumRequests: 1, windowMs: 1_000, openMs: 1_000, halfOpenRequests: 1 };
    const fuse = { errorPercent: 50, minimumRequests: 1, windowMs: 1_000 };
    const split: Split = {
      ...{ rollout: 'ns/main', candidateShare: 0, mirrorShare: 0, assignment: undefined, matches: [], fuse, step: '1' },
      ...{ stable: { revision: 'old', endpoints: ENDPOINTS } },
      candidate: { revision: 'new', endpoints: [{ address: '127.0.0.2', port: 80 }] },
    };
    const divided = { ...BACKEND, circuitBreaker, split };
    const first = state.record({ version: 1, upserts: [divided], removes: [] });
    expect(first.slots.map(([endpoint]) => endpoint)).toEqual(['127.0.0.1:80', '[::1]:80', '127.0.0.2:80']);
    expect(first.backendSlots).toEqual([
      ['backend/ns/main/80~old', 0],
      ['backend/ns/main/80~new', 1],
      ['fuse/ns/main:80/ns/main/1', 2],
    ]);
    expect(state.hasSplits).toBe(true);
    const second = state.record({ version: 2, upserts: [{ ...divided, split: { ...split, step: '2' } }], removes: [] });
    // Not the place of the former step: workers look at that one until they know of this.
    expect(second.backendSlots).toEqual([['fuse/ns/main:80/ns/main/2', 3]]);
    state.record({ version: 3, upserts: [BACKEND], removes: [] });
    expect([state.hasSplits, state.whole().backendSlots, state.whole().slots.length]).toEqual([false, [], 2]);
  });

  it('frees the slots of endpoints that leave', () => {
    const state = createState();
    state.record({ version: 1, upserts: [BACKEND], removes: [] });
    state.record({ version: 2, upserts: [], removes: [BACKEND.name] });
    expect(state.whole().slots).toEqual([]);
  });
});
