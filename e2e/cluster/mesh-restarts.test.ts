// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClusterLoad, underLoad } from './stage/cluster-load.ts';
import type { ClusterLoadReport } from './stage/cluster-load.ts';
import { retriesOf } from './stage/edge-documents.ts';
import { INJECTED } from './stage/mesh-documents.ts';
import { isRolledOut, restart } from './stage/rollout.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

const NAME = 'e2e-mesh-restarts';

let mesh: TestNamespace;

beforeAll(async () => {
  await ensureWeir();
  mesh = await openNamespace(NAME, INJECTED);
  await mesh.apply(...echoBackend('callee', { replicas: 2, env: { EXIT_AT_ONCE: '1' } }), ...echoBackend('caller'));
  for (const name of ['callee', 'caller']) await isRolledOut(name, NAME);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** What came of calls while a workload was restarted whose pods end at once, in the middle of what they do. */
function restartUnderLoad(what: string): Promise<ClusterLoadReport> {
  const load = startClusterLoad(mesh, { url: 'http://callee/', concurrency: 4 }, 'deployment/caller');
  return underLoad(what, { load, work: () => restart('callee', NAME) });
}

describe('a workload that ends at once on SIGTERM', () => {
  it('costs its callers in the mesh at most what docs/upgrade.md states as it restarts', async () => {
    const { failed, requests } = await restartUnderLoad('workload that ends at once restarted, without a policy');
    expect(failed / requests).toBeLessThan(0.001);
  });

  it('costs nothing where a policy retries what can be retried', async () => {
    await mesh.apply(retriesOf('callee'));
    const { failed, examples } = await restartUnderLoad('workload that ends at once restarted, with retries');
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });
});
