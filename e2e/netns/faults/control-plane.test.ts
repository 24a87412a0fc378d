// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import type { MeshObject } from '../stage/mesh-documents.ts';
import type { MeshLoad } from '../stage/mesh-load.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

let mesh: ControlledMesh;
let load: MeshLoad;

/** A route of the Service by which its answers tell which configuration is in force. */
function marked(version: string): MeshObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'marked', namespace: 'shop' },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
      rules: [
        {
          filters: [
            { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'configured', value: version }] } },
          ],
          backendRefs: [{ name: 'api', port: 80 }],
        },
      ],
    },
  };
}

async function configured(): Promise<string> {
  const head = await mesh.curl('client', `http://${mesh.addressOf('api')}/`, '--head');
  return /^configured: (.*?)\r?$/m.exec(head)?.[1] ?? '';
}

async function converges(version: string): Promise<void> {
  await waitFor(async () => (await configured()) === version, { what: `configuration ${version}`, timeoutMs: 30_000 });
}

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
    await converges('first');
    for (const name of ['client', 'one'] as const) await mesh.net.partition('plane', name);
    await mesh.write(marked('second'));
    // Longer than sidecars take to notice: from then on they try to connect again and again.
    await mesh.sidecar('client').sees(/control plane: /, 30_000);
    await load.goOn();
    expect(await configured()).toBe('first');
    await mesh.net.heal();
    await converges('second');
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
    expect(await configured()).toBe('second');
    await mesh.write(marked('third'));
    await mesh.startControlPlane();
    await converges('third');
    expect(failures()).toEqual({});
  });
});
