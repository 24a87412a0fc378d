// SPDX-License-Identifier: Apache-2.0
// `node tools/bench/balancing-shares.ts [REQUESTS]`: what share of a Service's requests each balancer sends to a slow and to a failing
// endpoint among 500, with and without outlier detection. A gateway as a process of its own, real sockets, Linux (127.0.0.0/8).
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connectRaw, findFreePorts, startWeir } from '@weir/testing';
import type { TestDocument, Weir } from '@weir/testing';

const ENDPOINT_COUNT = 500;
const CLIENT_COUNT = 32;
const DEFAULT_REQUESTS = 20_000;
const USUAL_MS = 2;
const SLOW_MS = 100;
const ADDRESSES = Array.from({ length: ENDPOINT_COUNT }, (_, index) => `127.9.${Math.floor(index / 250)}.${(index % 250) + 1}`);
const [SLOW, FAILING] = [ADDRESSES[100]!, ADDRESSES[400]!];

const BALANCERS: Readonly<Record<string, object>> = {
  RoundRobin: { type: 'RoundRobin' },
  Random: { type: 'Random' },
  LeastRequest: { type: 'LeastRequest' },
  PeakEwma: { type: 'PeakEwma' },
  ConsistentHash: { type: 'ConsistentHash', consistentHash: { by: 'Header', name: 'X-User' } },
};
const OUTLIERS = {
  ...{ consecutive5xx: 5, interval: '2s', baseEjectionTime: '1h', maxEjectionTime: '1h' },
  latency: { minimumRequests: 8, minimumEndpoints: 100, factor: 5, threshold: '50ms' },
};

/** Requests that each endpoint of a Service has had, by `SERVICE ADDRESS`. */
const hits = new Map<string, number>();

const [gatewayPort = 0, endpointPort = 0] = await findFreePorts(2);
const servers = await Promise.all(ADDRESSES.map(address => listen(address)));
const weir = await startWeir(documents(), { flags: ['--workers', '2'] });
try {
  await printTable(weir);
} finally {
  await weir[Symbol.asyncDispose]();
  for (const server of servers) server.close().closeAllConnections();
}

async function listen(address: string): Promise<Server> {
  const server = createServer((request, response) => {
    const service = request.url?.slice(1) ?? '';
    hits.set(`${service} ${address}`, (hits.get(`${service} ${address}`) ?? 0) + 1);
    if (address === FAILING) response.writeHead(500).end();
    else setTimeout(() => response.end('ok'), address === SLOW ? SLOW_MS : USUAL_MS);
  });
  server.listen(endpointPort, address);
  await once(server, 'listening');
  return server;
}

function documents(): readonly TestDocument[] {
  const services = Object.keys(BALANCERS).flatMap(name => [name.toLowerCase(), `${name.toLowerCase()}-watched`]);
  const http = { apiVersion: 'gateway.networking.k8s.io/v1' };
  return [
    {
      ...http,
      kind: 'Gateway',
      metadata: { name: 'edge', namespace: 'default' },
      spec: { gatewayClassName: 'weir', listeners: [{ name: 'http', protocol: 'HTTP', port: gatewayPort }] },
    },
    {
      ...http,
      kind: 'HTTPRoute',
      metadata: { name: 'shares', namespace: 'default' },
      spec: {
        parentRefs: [{ name: 'edge' }],
        rules: services.map(name => ({
          matches: [{ path: { type: 'Exact', value: `/${name}` } }],
          backendRefs: [{ name, port: 80 }],
        })),
      },
    },
    ...services.flatMap(serviceDocuments),
    ...Object.entries(BALANCERS).flatMap(([name, balancing]) => [
      policy(name.toLowerCase(), { balancing }),
      policy(`${name.toLowerCase()}-watched`, { balancing, outlierDetection: OUTLIERS }),
    ]),
  ];
}

function serviceDocuments(name: string): readonly TestDocument[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { ports: [{ name: 'http', port: 80 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: endpointPort }],
      endpoints: ADDRESSES.map(address => ({ addresses: [address] })),
    },
  ];
}

function policy(name: string, spec: object): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], ...spec },
  };
}

async function printTable({ child }: Weir): Promise<void> {
  const count = Number(process.argv[2] ?? DEFAULT_REQUESTS);
  console.log(`${count} requests by ${CLIENT_COUNT} clients; an even share is ${shown(1 / ENDPOINT_COUNT)}\n`);
  console.log('| balancer | slow | failing | slow, with outlier detection | failing, with outlier detection |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const name of Object.keys(BALANCERS)) {
    const cells: string[] = [];
    for (const service of [name.toLowerCase(), `${name.toLowerCase()}-watched`]) {
      await sendAll(service, count);
      for (const address of [SLOW, FAILING]) cells.push(shown((hits.get(`${service} ${address}`) ?? 0) / count));
    }
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
  const ejections = child.output.split('\n').filter(line => line.includes('is ejected'));
  console.log(`\n${ejections.length} ejections`);
}

function shown(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}

async function sendAll(service: string, count: number): Promise<void> {
  let sent = 0;
  await Promise.all(
    Array.from({ length: CLIENT_COUNT }, async () => {
      await using client = await connectRaw({ port: gatewayPort });
      for (; sent < count;) {
        sent += 1;
        await client.request(`/${service}`, { headers: { 'X-User': `user-${sent}` } });
      }
    }),
  );
}
