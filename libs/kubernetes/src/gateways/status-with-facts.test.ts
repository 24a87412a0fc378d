// SPDX-License-Identifier: Apache-2.0
import type { GatewayStatus } from '@weir/policy/compile';
import { expect, it } from 'vitest';
import type { GatewayFacts } from './gateway-facts.ts';
import { statusWithFacts } from './status-with-facts.ts';

function statusOf(status: 'False' | 'True', reason: string): GatewayStatus {
  const condition = {
    type: 'Programmed',
    status,
    reason,
    message: '',
    observedGeneration: 3,
    lastTransitionTime: '2026-01-01T00:00:10Z',
  };
  return {
    addresses: [{ type: 'IPAddress', value: '0.0.0.0' }],
    conditions: [condition],
    listeners: [],
    attachedListenerSets: 0,
  };
}

const BASE_MS = Date.UTC(2026, 0, 1);
const REACHED: GatewayFacts = {
  addresses: [{ type: 'Hostname', value: 'lb.example' }],
  hindrance: undefined,
  sinceMs: BASE_MS + 20_000,
};
const PENDING: GatewayFacts = { ...REACHED, addresses: [], hindrance: { reason: 'Pending', message: 'no pod' } };

it('has the addresses of the cluster, and is programmed since both are so', () => {
  expect(statusWithFacts(statusOf('True', 'Programmed'), REACHED)).toMatchObject({
    addresses: [{ type: 'Hostname', value: 'lb.example' }],
    conditions: [{ status: 'True', reason: 'Programmed', lastTransitionTime: '2026-01-01T00:00:20Z', observedGeneration: 3 }],
  });
  expect(statusWithFacts(statusOf('True', 'Programmed'), { ...REACHED, sinceMs: BASE_MS })).toMatchObject({
    conditions: [{ lastTransitionTime: '2026-01-01T00:00:10Z' }],
  });
});

it('is not programmed where nobody serves it, or nothing is known', () => {
  expect(statusWithFacts(statusOf('True', 'Programmed'), PENDING)).toMatchObject({
    addresses: [],
    conditions: [{ status: 'False', reason: 'Pending', message: 'no pod', lastTransitionTime: '2026-01-01T00:00:20Z' }],
  });
  expect(statusWithFacts(statusOf('True', 'Programmed'))).toMatchObject({ conditions: [{ status: 'False', reason: 'Pending' }] });
});

it('says what is wrong with the document first', () => {
  expect(statusWithFacts(statusOf('False', 'Invalid'), PENDING)).toMatchObject({
    conditions: [{ status: 'False', reason: 'Invalid' }],
  });
});
