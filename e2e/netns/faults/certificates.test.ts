// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import type { Workload } from '../stage/controlled-mesh.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;
const WORKLOADS = ['client', 'one'] as const;
const LEAF_MS = 10_000;
/** For the processes of a busy machine. */
const LATE_MS = 2_000;

let mesh: ControlledMesh;

async function renewal(name: Workload): Promise<void> {
  const before = await mesh.certificateEndMs(name);
  const isNew = async (): Promise<boolean> => (await mesh.certificateEndMs(name)) > before;
  await waitFor(isNew, { what: `another certificate of ${name}`, timeoutMs: LEAF_MS });
}

async function hasExpired(name: Workload): Promise<void> {
  const isExpired = async (): Promise<boolean> => (await mesh.readiness(name)).startsWith('the certificate expired at');
  await waitFor(isExpired, { what: `the certificate of ${name} to expire`, timeoutMs: LEAF_MS + LATE_MS });
}

async function statuses(count: number): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let left = count; left > 0; left--) found.add(await mesh.status());
  return [...found];
}

describe.skipIf(reason !== undefined)(`certificates that live for ten seconds${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: WORKLOADS, controlPlane: ['--leaf-lifetime', '10s'] });
  }, 90_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('are renewed under load, and no request fails; a connection that lasts ends with those that it began with', async () => {
    await using load = await mesh.load();
    await using stream = await mesh.stream();
    for (let count = 0; count < 3; count++) await Promise.all(WORKLOADS.map(name => renewal(name)));
    const [, tookMs] = await stream.sees(/ended after (\d+) ms/);
    expect(Number(tookMs)).toBeLessThan(LEAF_MS + LATE_MS);
    expect(await load.stop()).toMatchObject({ failures: {}, resentCount: 0 });
  });

  it('end while their renewal is not possible: no handshake and no connection outlives them, and a new token is enough', async () => {
    await using load = await mesh.load();
    await using stream = await mesh.stream();
    await mesh.net.partition('plane', 'client');
    await hasExpired('client');
    await stream.sees(/ended after/, LATE_MS);
    expect(await statuses(5)).toEqual(['502']);
    const refused = { fault: 'peer_refused', fault_detail: "the caller's certificate is refused: CERT_HAS_EXPIRED" };
    expect(mesh.logOf('one')).toContainEqual(expect.objectContaining({ ...refused, client: mesh.host('client').address }));
    await mesh.killControlPlane();
    await hasExpired('one');
    const { succeededCount } = load.counts;
    expect(await statuses(5)).toEqual(['502']);
    expect(load.counts.succeededCount).toBe(succeededCount);
    await mesh.startControlPlane();
    await mesh.net.heal();
    await Promise.all(WORKLOADS.map(name => mesh.permit(name)));
    await Promise.all(WORKLOADS.map(name => mesh.isReady(name)));
    await load.goOn();
    expect(await statuses(5)).toEqual(['200']);
  });
});
