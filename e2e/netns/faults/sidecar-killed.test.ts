// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import type { MeshLoad } from '../stage/mesh-load.ts';
import type { MeshObject } from '../stage/mesh-documents.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

/** POST as well: the application says that it may be sent twice. Ejecting keeps retries within their budget, a fifth of all requests and 10 a second. */
const RETRYING = {
  retry: { attempts: 2, methods: 'All' },
  outlierDetection: { consecutive5xx: 3, interval: '1s', baseEjectionTime: '1s', maxEjectionPercent: 50 },
};

function trafficPolicy(settings: object): MeshObject {
  const targetRefs = [{ group: '', kind: 'Service', name: 'api' }];
  return {
    ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'TrafficPolicy', metadata: { name: 'api', namespace: 'shop' } },
    spec: { targetRefs, ...settings },
  };
}

let mesh: ControlledMesh;

/** Waits until so many calls more have come to a workload. */
async function isCalled(name: 'one' | 'two', count = 20): Promise<void> {
  await waitFor(() => mesh.logOf(name).length >= count, { what: `${count} calls to ${name}` });
}

/** Lets calls fail, starts the sidecar and waits until none fails any more; resolves with how they did. */
async function recovered(load: MeshLoad, name: 'client' | 'one'): Promise<Set<string>> {
  await waitFor(() => load.failedCount > 20, { what: 'failed calls' });
  mesh.startSidecar(name);
  await mesh.isReady(name);
  await load.goOn(100);
  const { failures } = load.counts;
  await load.goOn(100);
  expect(load.counts.failures).toEqual(failures);
  return new Set(Object.keys(failures));
}

describe.skipIf(reason !== undefined)(`a sidecar that is killed${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: ['client', 'one', 'two'], objects: [trafficPolicy(RETRYING)] });
  }, 90_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('is not noticed where there is another endpoint and requests are retried', async () => {
    await using load = await mesh.load();
    await isCalled('one');
    await mesh.sidecar('one').stop('SIGKILL');
    await load.goOn(100);
    mesh.startSidecar('one');
    await mesh.isReady('one');
    await isCalled('one');
    expect(await load.stop()).toMatchObject({ failures: {}, resentCount: 0 });
  });

  it('costs without another endpoint what is called meanwhile, and nothing after it', async () => {
    await mesh.sidecar('two').stop('SIGKILL');
    await using load = await mesh.load();
    await mesh.sidecar('one').stop('SIGKILL');
    expect(await recovered(load, 'one')).toEqual(new Set(['GET: status 503', 'POST: status 503']));
  });

  it('costs its own application what it calls until it is back', async () => {
    await using load = await mesh.load();
    await mesh.sidecar('client').stop('SIGKILL');
    const nobody = `connect ECONNREFUSED ${mesh.addressOf('api')}:80`;
    const reasons = await recovered(load, 'client');
    // Those on their way, one a client at most, are cut off; which is by chance.
    for (const each of [`GET: ${nobody}`, `POST: ${nobody}`]) expect(reasons.delete(each)).toBe(true);
    const cut = Object.entries(load.counts.failures).filter(([each]) => reasons.has(each));
    expect(cut.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(4);
  });
});
