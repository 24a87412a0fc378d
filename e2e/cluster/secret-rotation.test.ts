// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { createTestAuthority, waitFor } from '@weir/testing';
import type { KeyPair } from '@weir/testing';
import { expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { startClusterLoad, underLoad } from './stage/cluster-load.ts';
import { ECHO_HOST, echoRoute, edgeGateway, httpsListener, tlsSecret } from './stage/edge-documents.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

const GATEWAY_PODS = ['get', 'pods', '--selector', 'gateway.networking.k8s.io/gateway-name=edge', '--output'];
const LIVES = 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount};{end}';

it('a certificate that is replaced under load is shown to who connects from then on, and nothing fails or restarts', async () => {
  await ensureWeir();
  const [authority, next] = await Promise.all([createTestAuthority(), createTestAuthority('another authority')]);
  const [before, after] = await Promise.all([authority.issue(ECHO_HOST), next.issue(ECHO_HOST)]);
  await using namespace = await openNamespace('e2e-rotation');
  await namespace.apply(...echoBackend('echo'), tlsSecret(before), edgeGateway(httpsListener()), echoRoute());
  const client = await startClient(namespace);
  const url = `https://${await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}')}/`;
  const shown = async (): Promise<string | undefined> =>
    (await client.ask({ url, host: ECHO_HOST, status: 200, timeoutMs: 60_000 })).certificate;
  expect(await shown()).toBe(fingerprintOf(before));
  const lives = await namespace.kubectl([...GATEWAY_PODS, LIVES]);

  const plan = { url, host: ECHO_HOST, concurrency: 2 };
  const replaceSecret = async (): Promise<void> => {
    await namespace.apply(tlsSecret(after));
    await waitFor(async () => (await shown()) === fingerprintOf(after), { what: 'the new certificate', timeoutMs: 30_000 });
  };
  const failures: string[] = [];
  const whileConnecting = async (): Promise<void> => {
    const load = startClusterLoad(namespace, { ...plan, keepAlive: false });
    const { examples } = await underLoad('certificate replaced, a connection for each request', { load, work: replaceSecret });
    failures.push(...examples);
  };
  const load = startClusterLoad(namespace, plan);
  const { examples } = await underLoad('certificate replaced, connections that stay', { load, work: whileConnecting });
  expect([...failures, ...examples]).toEqual([]);
  expect(await shown()).toBe(fingerprintOf(after));
  expect(await namespace.kubectl([...GATEWAY_PODS, LIVES])).toBe(lives);
});

function fingerprintOf({ certificatePem }: KeyPair): string {
  return new X509Certificate(certificatePem).fingerprint256;
}
