// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import { configured, converges, marked } from '../stage/marked-route.ts';
import type { MeshLoad } from '../stage/mesh-load.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

let mesh: ControlledMesh;
let load: MeshLoad;

/** What failed of the load so far. */
function failures(): unknown {
  return load.counts.failures;
}

describe.skipIf(reason !== undefined)(`a control plane that cannot be reached${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: ['client', 'one'], objects: [marked('first')] });
    load = await mesh.load();
  }, 90_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('by the network: calls go on, and what changed meanwhile is there after it has healed', async () => {
    await converges(mesh, 'first');
    for (const name of ['client', 'one'] as const) await mesh.net.partition('plane', name);
    await mesh.write(marked('second'));
    // Longer than sidecars take to notice: from then on they try to connect again and again.
    await mesh.sidecar('client').sees(/control plane: /, 30_000);
    await load.goOn();
    expect(await configured(mesh)).toBe('first');
    await mesh.net.heal();
    await converges(mesh, 'second');
    expect(failures()).toEqual({});
  });

  it('as it was killed: calls go on, a sidecar that is restarted serves what it had, and changes are there when it is back', async () => {
    await mesh.killControlPlane();
    await load.goOn();
    expect(failures()).toEqual({});
    await load.stop();
    // It is written once a second.
    await waitFor(async () => (await mesh.accepted('client')).includes('second'), { what: 'the stored configuration' });
    for (const name of ['client', 'one'] as const) {
      await mesh.sidecar(name).stop('SIGKILL');
      mesh.startSidecar(name);
      await mesh.isReady(name);
    }
    load = await mesh.load();
    await load.goOn();
    expect(await configured(mesh)).toBe('second');
    await mesh.write(marked('third'));
    await mesh.startControlPlane();
    await converges(mesh, 'third');
    expect(failures()).toEqual({});
  });

  it('may change the root under load when it is back: no call fails, and a connection that lasts goes on', async () => {
    await using stream = await mesh.stream();
    const before = await mesh.weir('identity', 'status');
    const rotated = await mesh.weir('identity', 'rotate', '--wait', '50s');
    expect(rotated).toMatchObject({ code: 0 });
    const rootOf = (text: string): string | undefined => /^root\s+(\S+)/m.exec(text)?.[1];
    expect(rootOf(rotated.stdout)).not.toBe(rootOf(before.stdout));
    await load.goOn();
    expect(await load.stop()).toMatchObject({ failures: {}, resentCount: 0 });
    expect(stream.isRunning).toBe(true);
  });
});
