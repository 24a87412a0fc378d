// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ClusterClient } from './stage/cluster-client.ts';
import { startClient } from './stage/cluster-client.ts';
import type { Manifest } from './stage/manifest.ts';
import { kubectl, runProgram } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { installWeir, testWeir, uninstallWeir, weirIsReady } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

/** With images on the node. */
const FIRST_ANSWER_WITHIN_MS = 12_000;
const GATEWAY_API = 'gateway.networking.k8s.io/v1';

const gateway: Manifest = {
  ...{ apiVersion: GATEWAY_API, kind: 'Gateway', metadata: { name: 'edge' } },
  spec: { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
};
const route: Manifest = {
  ...{ apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name: 'echo' } },
  spec: { parentRefs: [{ name: 'edge' }], hostnames: ['echo.example'], rules: [{ backendRefs: [{ name: 'echo', port: 80 }] }] },
};

async function firstAnswer(namespace: TestNamespace, client: ClusterClient): Promise<string> {
  const address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  const { body } = await client.ask({ url: `http://${address}/`, host: 'echo.example', status: 200, timeoutMs: 60_000 });
  return body;
}

const help = await runProgram([process.execPath, 'apps/cli/bin/weir.mjs', 'control-plane', '--help']);
const isOfClusters = help.includes('--cluster');

describe('helm install (needs a control plane that runs in a cluster)', () => {
  it.skipIf(!isOfClusters)('leads to the first answer within seconds', async () => {
    await uninstallWeir();
    await using namespace = await openNamespace('e2e-install');
    const client = await startClient(namespace);

    const startedMs = performance.now();
    await installWeir();
    await namespace.apply(...echoBackend('echo'), gateway, route);
    const body = await firstAnswer(namespace, client);
    const tookMs = performance.now() - startedMs;

    console.log(`helm install to the first answer: ${(tookMs / 1000).toFixed(1)} s`);
    expect(body).toContain('"pod":"echo-');
    expect(tookMs).toBeLessThan(FIRST_ANSWER_WITHIN_MS);

    await namespace.hasCondition('gateway/edge', 'Programmed');
    expect(await namespace.kubectl(['get', 'gateway', 'edge', '--no-headers'])).toMatch(/^edge +weir +\S+ +True /);
    expect(await kubectl(['get', 'gatewayclass', 'weir', '--no-headers'])).toMatch(/^weir +weir\.dev\/gateway-controller +True /);

    await weirIsReady();
    expect(await testWeir()).toContain('Phase:          Succeeded');
  });
});
