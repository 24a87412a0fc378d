// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import { kubectl } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { installWeir, removeWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

it('answers by a route that was applied right after helm install', async () => {
  await removeWeir();
  await using namespace = await openNamespace('e2e-first');
  const client = await startClient(namespace);

  const startedMs = performance.now();
  await installWeir();
  await namespace.apply(...echoBackend('echo'), edgeGateway(), echoRoute());
  const address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  const { body } = await client.ask({ url: `http://${address}/`, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
  const tookMs = performance.now() - startedMs;
  console.log(`helm install to the first answer: ${(tookMs / 1000).toFixed(1)} s`);
  expect(body).toContain('"pod":"echo-');

  await namespace.hasCondition('gateway/edge', 'Programmed');
  expect(await namespace.kubectl(['get', 'gateway', 'edge', '--no-headers'])).toMatch(/^edge +weir +\S+ +True /);
  expect(await kubectl(['get', 'gatewayclass', 'weir', '--no-headers'])).toMatch(/^weir +weir\.dev\/gateway-controller +True /);
});
