// SPDX-License-Identifier: Apache-2.0
import type { LeafHealth } from '@weir/identity';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { Edge } from '../edge.ts';
import { FedGateway } from './fed-gateway.ts';

const HOUR_MS = 3_600_000;

/** A gateway that serves what it was given, with a certificate as said. */
async function serving(health: Partial<LeafHealth>): Promise<FedGateway> {
  const edge = {
    phase: 'serving',
    clock: createManualClock(),
    counts: { reloaded: () => undefined },
    pool: { push: () => Promise.resolve([]) },
  } as unknown as Edge;
  const leafHealth = (): LeafHealth => ({
    ...{ state: 'valid', isReady: true, notAfterMs: HOUR_MS, expiresInMs: HOUR_MS, failure: undefined },
    ...health,
  });
  const gateway = new FedGateway({ edge, onEvent: () => undefined, leafHealth });
  await gateway.apply({ upserts: [], removes: [] });
  await gateway.identify({ certificate: { chainPem: '', keyPem: '', notAfterMs: HOUR_MS }, authoritiesPem: '' });
  return gateway;
}

describe('a gateway of a control plane', () => {
  it('is ready with a certificate', async () => {
    expect((await serving({})).readiness()).toEqual({ isReady: true });
  });

  it.each([
    ['nearly expired', { state: 'expiring', expiresInMs: 60_000, failure: 'no answer' }, 'expires in 1m'],
    ['expired', { state: 'expired', isReady: false, expiresInMs: -1 }, 'expired at 1970-01-01T01:00:00.000Z'],
  ] as const)('goes on serving what is not in the mesh with one that is %s, and says so', async (_, health, words) => {
    expect((await serving(health)).readiness()).toEqual({ isReady: true, warning: expect.stringContaining(words) as unknown });
  });
});
