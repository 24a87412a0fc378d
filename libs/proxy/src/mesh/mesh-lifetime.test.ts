// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { meshLifetime } from './mesh-lifetime.ts';

const HOUR_MS = 3_600_000;
const WALL_MS = Date.UTC(2026, 0, 1);

describe('a connection between workloads', () => {
  it.each([
    ['own', 5 * HOUR_MS, 9 * HOUR_MS],
    ['peer', 9 * HOUR_MS, 5 * HOUR_MS],
  ])('ends with the certificate that ends first (%s), and takes no requests in the last minute', (_whose, own, peer) => {
    const times = { ownEndMs: WALL_MS + own, peerEndMs: WALL_MS + peer, wallMs: WALL_MS };
    expect(meshLifetime(times)).toEqual({ usableForMs: 5 * HOUR_MS - 60_000, endsInMs: 5 * HOUR_MS });
  });

  it('ends after twelve hours, however long certificates live', () => {
    const endMs = WALL_MS + 7 * 24 * HOUR_MS;
    const { endsInMs } = meshLifetime({ ownEndMs: endMs, peerEndMs: endMs, wallMs: WALL_MS });
    expect(endsInMs).toBe(12 * HOUR_MS);
  });

  it('takes requests for nine tenths of a short life', () => {
    const times = { ownEndMs: WALL_MS + 10_000, peerEndMs: WALL_MS + 60_000, wallMs: WALL_MS };
    expect(meshLifetime(times)).toEqual({ usableForMs: 9_000, endsInMs: 10_000 });
  });

  it('ends at once where a certificate has expired', () => {
    const times = { ownEndMs: WALL_MS - 1, peerEndMs: WALL_MS + HOUR_MS, wallMs: WALL_MS };
    expect(meshLifetime(times)).toEqual({ usableForMs: 0, endsInMs: 0 });
  });
});
