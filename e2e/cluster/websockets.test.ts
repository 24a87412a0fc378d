// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import type { ClusterClient } from './stage/cluster-client.ts';
import { edgeGateway } from './stage/edge-documents.ts';
import { ReportingProgram } from './stage/reporting-program.ts';
import { isRolledOut } from './stage/rollout.ts';
import { runProgram } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

interface SocketsReport {
  readonly open: number;
  readonly echoes: number;
  /** `silentMs`: since its last message came back. */
  readonly closed: readonly { readonly code: number; readonly silentMs: number }[];
}

const NAME = 'e2e-websockets';
const GATEWAY_PODS = 'gateway.networking.k8s.io/gateway-name=edge';
const COUNT = 5;
const DEADLINE_SECONDS = 6;
const DRAIN = ['--set', 'gateway.drainDelay=1s', '--set', `gateway.drainDeadline=${DEADLINE_SECONDS}s`];

let namespace: TestNamespace;
let client: ClusterClient;
let address: string;

beforeAll(async () => {
  await ensureWeir();
  await upgradeWeir(...DRAIN);
  namespace = await openNamespace(NAME);
  const rules = [{ backendRefs: [{ name: 'echo', port: 80 }] }];
  const spec = { parentRefs: [{ name: 'edge' }], rules };
  const route = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'echo' }, spec };
  await namespace.apply(...echoBackend('echo', { program: 'websocket-echo.mjs' }), edgeGateway(), route);
  client = await startClient(namespace);
  address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await gatewayHas(`--drain-deadline=${DEADLINE_SECONDS}s`);
  await isRolledOut('edge-weir', NAME);
  await client.ask({ url: `http://${address}/`, status: 200, timeoutMs: 60_000 });
});

afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
  await upgradeWeir();
});

describe('WebSockets go on until the drain deadline, and are told by 1001 to connect again', () => {
  it('over helm upgrade', async () => {
    await outliveRollout(async () => {
      await upgradeWeir(...DRAIN, '--set', 'gateway.trustedHops=1');
      await gatewayHas('--trusted-hops=1');
    });
  });

  it('over helm rollback', async () => {
    await outliveRollout(async () => {
      await runProgram(['helm', 'rollback', 'weir', '--namespace', SYSTEM_NAMESPACE]);
      await gatewayHas('--trusted-hops=0');
    });
  });
});

async function outliveRollout(roll: () => Promise<void>): Promise<void> {
  const old = await namespace.kubectl(['get', 'pods', '--selector', GATEWAY_PODS, '--output', 'name']);
  await using sockets = await openSockets();
  await roll();
  await namespace.waitForField(old.trim(), '{.metadata.deletionTimestamp}');
  const endsFromMs = performance.now();
  const { echoes } = sockets.report;
  await sockets.until(report => report.echoes >= echoes + 10 * COUNT, 'messages through a pod that is about to end');
  expect(sockets.report).toMatchObject({ open: COUNT, closed: [] });
  await sockets.until(({ closed }) => closed.length === COUNT, 'all to be closed');
  const lastedMs = performance.now() - endsFromMs;
  const { closed } = sockets.report;
  console.log(`closed ${(lastedMs / 1000).toFixed(1)} s after their pod was told to end: ${JSON.stringify(closed)}`);
  expect(closed.map(({ code }) => code)).toEqual(Array.from({ length: COUNT }, () => 1001));
  expect(lastedMs).toBeGreaterThan((DEADLINE_SECONDS - 1) * 1000);
  expect(Math.max(...closed.map(({ silentMs }) => silentMs))).toBeLessThan(1000);
  await isRolledOut('edge-weir', NAME);
}

/** Resolves when each has had a message back. */
async function openSockets(): Promise<ReportingProgram<SocketsReport>> {
  const plan = { url: `ws://${address}/`, count: COUNT };
  const sockets = await ReportingProgram.start<SocketsReport>({ namespace, pod: 'client' }, 'websocket.mjs', plan);
  await sockets.until(({ open, echoes }) => open === COUNT && echoes >= COUNT, 'sockets that are open');
  return sockets;
}

/** Waits until the Gateway's Deployment is that of a release with this argument. */
async function gatewayHas(argument: string): Promise<void> {
  const path = 'jsonpath={.spec.template.spec.containers[0].args}';
  const read = (): Promise<string> => namespace.kubectl(['get', 'deployment', 'edge-weir', '--output', path]);
  await waitFor(async () => (await read()).includes(argument), { what: `a gateway with ${argument}`, timeoutMs: 60_000 });
}
