// SPDX-License-Identifier: Apache-2.0
/**
 * Measures a release of Weir in the cluster of the kubeconfig with many HTTPRoutes: how long after its creation a route serves, with and
 * without changes of others, what a change of the backend costs, memory and time series. The Gateway's address has to be reached
 * from here. `node tools/bench/cluster-routes.ts [--routes 5000] [--namespaces 50] [--trials 50] [--churn 20] [--soak 0]`; `--soak`:
 * minutes for which routes then go on changing, with the memory of each.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchCluster, kubectl, podsOf, readPodRssBytes } from './cluster/bench-cluster.ts';
import { GatewayClient } from './cluster/gateway-client.ts';
import type { Manifest } from './cluster/manifest.ts';
import {
  BACKENDS,
  backend,
  gateway,
  grants,
  hostOf,
  INFRA,
  namespaceOf,
  PREFIX,
  route,
  routeNamespace,
  rulesTo,
} from './cluster/route-documents.ts';
import { median } from './measure/median.ts';
import { percentile } from './measure/percentile.ts';

const SYSTEM_NAMESPACE = 'weir-system';
const CONTROL_PLANE = 'app.kubernetes.io/component=control-plane';
const GATEWAY_PODS = 'gateway.networking.k8s.io/gateway-name=edge';
const LONG_MS = 300_000;
const TRIAL_MS = 30_000;
const MINUTE_MS = 60_000;
const BACKEND_CHANGES = 50;

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '5000' },
    namespaces: { type: 'string', default: '50' },
    trials: { type: 'string', default: '50' },
    churn: { type: 'string', default: '20' },
    soak: { type: 'string', default: '0' },
  },
});
const routeCount = Number(values.routes);
const namespaceCount = Number(values.namespaces);
const trialCount = Number(values.trials);
const changesPerSecond = Number(values.churn);
const soakMinutes = Number(values.soak);
const namespaces = Array.from({ length: namespaceCount }, (_, index) => routeNamespace(index, namespaceCount));
const routes = Array.from({ length: routeCount }, (_, index) => route(`route-${index}`, routeNamespace(index, namespaceCount)));

using cluster = new BenchCluster();
try {
  await measure();
} finally {
  kubectl('delete', 'namespace', '-l', `${PREFIX}=true`, '--wait=false');
}

async function measure(): Promise<void> {
  using client = await prepare();
  sayMemory('before the routes');
  const startMs = performance.now();
  await cluster.createAll(routes);
  const createdMs = performance.now();
  await client.askUntilOk(hostOf(`route-${routeCount - 1}`), LONG_MS);
  say(
    `${routeCount} routes made in ${seconds(createdMs - startMs)}, the last one served ${seconds(performance.now() - createdMs)} later`,
  );
  sayLatencies('without churn', await tryNewRoutes(client, 'quiet'));
  const churn = startChurn();
  sayLatencies(`with ${changesPerSecond} changes/s`, await tryNewRoutes(client, 'churn'));
  say(`changes made meanwhile: ${await churn.stop()}`);
  await changeBackend(client);
  sayMemory(`with ${routeCount} routes`);
  await saySeries();
  await soak();
}

/** The Gateway with its backends and one route, once it serves. */
async function prepare(): Promise<GatewayClient> {
  const image = kubectl(
    'get',
    'deployment',
    'weir-control-plane',
    '-n',
    SYSTEM_NAMESPACE,
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  );
  kubectl('delete', 'namespace', '-l', `${PREFIX}=true`);
  await cluster.createAll([INFRA, ...namespaces].map(namespaceOf));
  await cluster.createAll([...BACKENDS.flatMap(name => backend(name, image)), ...grants(namespaces)]);
  await cluster.create(gateway());
  await cluster.create(route('first', namespaces[0] ?? INFRA));
  kubectl('wait', 'gateway/edge', '-n', INFRA, '--for=condition=Programmed', '--timeout=60s');
  kubectl('wait', 'pod', '-n', INFRA, '-l', 'app', '--for=condition=Ready', '--timeout=60s');
  const client = new GatewayClient(kubectl('get', 'gateway', 'edge', '-n', INFRA, '-o', 'jsonpath={.status.addresses[0].value}'));
  await client.askUntilOk(hostOf('first'), LONG_MS);
  return client;
}

/** Milliseconds from the moment that each of some new routes was sent to the API server to its first 200. */
async function tryNewRoutes(client: GatewayClient, name: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let trial = 0; trial < trialCount; trial++) {
    const fresh = route(`${name}-${trial}`, routeNamespace(trial, namespaceCount));
    const startMs = performance.now();
    await cluster.create(fresh);
    await client.askUntilOk(hostOf(fresh.metadata.name), TRIAL_MS);
    times.push(performance.now() - startMs);
    await sleep(50);
  }
  return times;
}

/** Changes one route after another at a steady rate until it is stopped; says how many there were. */
function startChurn(): { readonly stop: () => Promise<number> } {
  const stopped = new AbortController();
  const running = keepChanging(stopped.signal);
  return {
    stop: () => {
      stopped.abort();
      return running;
    },
  };
}

async function keepChanging(signal: AbortSignal): Promise<number> {
  const startMs = performance.now();
  let count = 0;
  for (; !signal.aborted; count++) {
    await cluster.change(routes[count % routeCount]!, { spec: rulesTo(BACKENDS[0], count % 2 === 0 ? '/' : '/changed') });
    await sleep(Math.max(startMs + ((count + 1) * 1000) / changesPerSecond - performance.now(), 0));
  }
  return count;
}

/** Whether memory stays what it is while routes change. */
async function soak(): Promise<void> {
  if (soakMinutes === 0) return;
  const churn = startChurn();
  for (let minute = 1; minute <= soakMinutes; minute++) {
    await sleep(MINUTE_MS);
    sayMemory(`after ${minute} min of changes`);
  }
  say(`changes made meanwhile: ${await churn.stop()}`);
}

async function changeBackend(client: GatewayClient): Promise<void> {
  const changed: Manifest = route('first', namespaces[0] ?? INFRA);
  const { requests, failed } = await client.askWhile(hostOf('first'), async () => {
    for (let change = 0; change < BACKEND_CHANGES; change++) {
      await cluster.change(changed, { spec: rulesTo(BACKENDS[change % BACKENDS.length]!) });
      await sleep(100);
    }
  });
  say(`backend changed ${BACKEND_CHANGES} times under load: ${failed} of ${requests} requests failed`);
}

function sayMemory(when: string): void {
  const planes = podsOf(SYSTEM_NAMESPACE, CONTROL_PLANE).map(pod => readPodRssBytes(SYSTEM_NAMESPACE, pod));
  const gateways = podsOf(INFRA, GATEWAY_PODS).map(pod => readPodRssBytes(INFRA, pod));
  const format = (bytes: readonly number[]): string => bytes.map(count => (count / 1024 ** 2).toFixed(0)).join(', ');
  say(`resident memory ${when}: control planes ${format(planes)} MiB, gateways ${format(gateways)} MiB`);
}

async function saySeries(): Promise<void> {
  for (const [namespace, selector] of [
    [SYSTEM_NAMESPACE, CONTROL_PLANE],
    [INFRA, GATEWAY_PODS],
  ] as const) {
    for (const name of podsOf(namespace, selector)) {
      const text = await cluster.page({ namespace, name }, '15021/metrics');
      say(`time series of ${name}: ${text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length}`);
    }
  }
}

function sayLatencies(what: string, times: readonly number[]): void {
  const marks = { median: median(times), p95: percentile(times, 0.95), max: Math.max(...times) };
  const text = Object.entries(marks).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
  say(`creation to first 200, ${what}: ${text.join(', ')} (${times.length} routes)`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
