// SPDX-License-Identifier: Apache-2.0
import { createRouterTransport } from '@connectrpc/connect';
import { createSystemRandom, systemClock } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Resource, Split, SplitReport } from '@weir/policy/snapshot';
import { SharedThread } from '@weir/proxy';
import { connectOver } from '@weir/sync/client';
import { countedRevision } from '@weir/sync/messages';
import { createSyncServer, PEER } from '@weir/sync/server';
import type { SyncServer } from '@weir/sync/server';
import { answering, echo, findFreePorts, reply, request, startUpstream, waitFor } from '@weir/testing';
import { afterEach, expect, it } from 'vitest';
import { HostedSidecar } from './hosted-sidecar.ts';
import { LocalAuthority } from './local-authority.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A Service of the mesh, and whoever calls it. */
const DOCUMENTS = `apiVersion: v1
kind: Service
metadata: { name: catalogue, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-1
  namespace: shop
  labels: { kubernetes.io/service-name: web }
  annotations: { weir.dev/identity: shop/web, weir.dev/application: '127.0.0.1:1' }
addressType: IPv4
ports: [{ port: 2 }]
endpoints: [{ addresses: [127.0.0.1] }]
`;

/** What the documents come to, with a split behind each way to call the catalogue. */
function resourcesWith(split: Split): readonly Resource[] {
  const documents = new Map(parseDocuments(DOCUMENTS, 'shop.yaml').documents.map(each => [documentKey(each), each]));
  const { snapshot } = createCompiler({ clock: systemClock, defaultAddresses: [] }).update(documents);
  const withSplit = (resource: Resource): Resource =>
    resource.kind === 'backend' && resource.label === 'shop/catalogue:80'
      ? { ...resource, endpoints: split.stable.endpoints, split }
      : resource;
  return [...snapshot.resources.values()].map(withSplit);
}

/** The control plane within a process. */
function startServer(onSplitReport: (proxy: string, report: SplitReport) => void, resources: readonly Resource[]): SyncServer {
  const server = createSyncServer({ clock: systemClock, random: createSystemRandom(), authorize: () => true, onSplitReport });
  cleanups.push(() => server.close());
  server.update({ version: 1, upserts: resources, removes: [] }, countedRevision(1, 1));
  return server;
}

/** The sidecar of `shop/web`; returns the port at which it leads to the catalogue. */
async function startSidecar(server: SyncServer): Promise<number> {
  const [port = 0, inbound = 0] = await findFreePorts(2);
  const [address, service] = ['127.0.0.1', 'mesh/shop/catalogue'] as const;
  const wanted = {
    ...{ key: 'shop/web-1', identity: 'shop/web', proxy: undefined },
    // It serves when it knows what its workload does, and with that all else.
    inbound: [{ listen: { address, port: inbound }, application: { address, port: 1 } }],
    outbound: [{ listen: { address, port }, service, port: 80 }],
  };
  const sidecar = new HostedSidecar(wanted, {
    authority: await LocalAuthority.open('weir.local'),
    accessLog: { format: 'off', hasColour: false, descriptor: 1 },
    ...{ tracing: undefined, zone: '', thread: new SharedThread(), onNote: () => undefined },
    connect: connectOver(() => {
      const transport = createRouterTransport(server.routes, {
        router: {
          interceptors: [
            next => call => {
              call.contextValues.set(PEER, 'shop/web');
              return next(call);
            },
          ],
        },
      });
      return { transport, close: () => undefined };
    }),
  });
  cleanups.push(() => sidecar.stop(0));
  await sidecar.start();
  return port;
}

/** What a control plane heard of the two revisions. */
class Heard {
  readonly proxies = new Set<string>();
  readonly sums = new Map<string, number>();
  inFlight: readonly number[] = [];

  take(proxy: string, { counts, states }: SplitReport): void {
    this.proxies.add(proxy);
    for (const { revision, succeeded } of counts) this.sums.set(revision, (this.sums.get(revision) ?? 0) + succeeded);
    this.inFlight = states.flatMap(({ stableInFlight, candidateInFlight }) => [stableInFlight, candidateInFlight]);
  }

  get total(): number {
    return [...this.sums.values()].reduce((sum, count) => sum + count, 0);
  }
}

it('tells its control plane how many calls each revision behind a split was sent, and how many are under way', async () => {
  const held = Promise.withResolvers<undefined>();
  const stable = await startUpstream(answering(echo('old')));
  const candidate = await startUpstream(
    answering(async ({ target }) => {
      if (target === '/held') await held.promise;
      return reply({ body: '{"backend":"new"}' });
    }),
  );
  cleanups.push(
    () => stable[Symbol.asyncDispose](),
    () => candidate[Symbol.asyncDispose](),
  );
  const heard = new Heard();
  const split: Split = {
    ...{ rollout: 'shop/catalogue', step: '1', candidateShare: 5_000, mirrorShare: 0, fuse: undefined },
    stable: { revision: 'old', endpoints: [{ address: '127.0.0.1', port: stable.port }] },
    candidate: { revision: 'new', endpoints: [{ address: '127.0.0.1', port: candidate.port }] },
    assignment: { by: 'header', name: 'x-user', path: [] },
    matches: [{ conditions: [{ by: 'header', name: 'x-beta', path: [], values: ['1'] }] }],
  };
  const server = startServer((proxy, report) => heard.take(proxy, report), resourcesWith(split));
  const port = await startSidecar(server);

  const answered = new Map<string, number>();
  for (let user = 0; user < 40; user++) {
    const { text } = await request({ port }, '/', { headers: { 'x-user': `user-${user}` } });
    const { backend } = JSON.parse(text) as { readonly backend: string };
    answered.set(backend, (answered.get(backend) ?? 0) + 1);
  }
  expect([...answered.keys()].toSorted()).toEqual(['new', 'old']);
  await waitFor(() => heard.total === 40, { what: 'the counts of all calls' });
  expect(heard.sums).toEqual(answered);
  expect([...heard.proxies]).toEqual(['shop/web/shop/web-1']);

  const asking = request({ port }, '/held', { headers: { 'x-beta': '1' } });
  await waitFor(() => heard.inFlight[1] === 1, { what: 'the call that is under way' });
  expect(heard.inFlight[0]).toBe(0);
  held.resolve(undefined);
  expect((await asking).status).toBe(200);
  await waitFor(() => heard.inFlight[1] === 0, { what: 'the end of that call' });
});
