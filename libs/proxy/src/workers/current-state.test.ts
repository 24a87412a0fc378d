// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { endpointKey } from '../engine/endpoint-key.ts';
import { CurrentState } from './current-state.ts';

const ENDPOINTS: Backend['endpoints'] = [
  { address: '127.0.0.1', port: 80 },
  { address: '::1', port: 80 },
];

const BACKEND: Backend = {
  ...{ kind: 'backend', name: 'backend/ns/main/80', label: 'ns/main:80', endpoints: ENDPOINTS, balance: 'leastRequest' },
  ...{ protocol: 'http1', connectTimeoutMs: 1_000, tls: undefined, proxyProtocol: undefined, sessionPersistence: undefined },
};

describe('the current state', () => {
  it('names endpoints as workers look them up, IPv6 in brackets', () => {
    const state = new CurrentState(8);
    const { slots } = state.record({ version: 1, upserts: [BACKEND], removes: [] });
    expect(slots).toEqual(ENDPOINTS.map((endpoint, index) => [endpointKey(endpoint), index]));
    expect(state.whole().slots).toEqual(slots);
  });

  it('frees the slots of endpoints that leave', () => {
    const state = new CurrentState(8);
    state.record({ version: 1, upserts: [BACKEND], removes: [] });
    state.record({ version: 2, upserts: [], removes: [BACKEND.name] });
    expect(state.whole().slots).toEqual([]);
  });
});
