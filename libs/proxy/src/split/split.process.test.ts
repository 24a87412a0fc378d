// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Resource, Split } from '@weir/policy/snapshot';
import { createTestAuthority, request } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { callerResources, INBOUND, MeshBench, OUTBOUND, receiverResources, uriOf } from '../mesh/mesh-bench.ts';

/** Answers with its name and the header fields that it got. */
async function startApplication(revision: string): Promise<Server> {
  const server = createServer((incoming, response) => {
    response.end(JSON.stringify({ revision, headers: incoming.headers }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Two revisions of `shop/catalogue` behind sidecars, and the sidecar of who calls them. */
async function startRevisions() {
  const authority = await createTestAuthority('weir test mesh');
  const join = async (bench: MeshBench, identity: string): Promise<MeshBench> => {
    closing.push(() => bench.close());
    await bench.join({ ...(await authority.issue(uriOf(identity))), authoritiesPem: authority.certificatePem });
    return bench;
  };
  const startRevision = async (revision: string) => {
    const application = await startApplication(revision);
    closing.push(() => application.close());
    const sidecar = await join(new MeshBench(), 'shop/catalogue');
    await sidecar.apply(...receiverResources((application.address() as AddressInfo).port, { mode: 'strict' }));
    const port = await sidecar.listen(INBOUND);
    return { sidecar, revision: { revision, endpoints: [{ address: '127.0.0.1', port, identity: 'shop/catalogue' }] } as const };
  };
  const [stable, candidate] = [await startRevision('old'), await startRevision('new')];
  const caller = await join(new MeshBench(), 'shop/checkout');
  const whole: Split = {
    ...{ rollout: 'shop/catalogue', step: '', candidateShare: 0, mirrorShare: 0, matches: [], fuse: undefined },
    ...{ stable: stable.revision, candidate: candidate.revision, assignment: { by: 'header', name: 'x-user', path: [] } },
  };
  const plain = callerResources({ mode: 'strict', endpoints: stable.revision.endpoints });
  const divide = (step: string, candidateShare: number): Promise<void> => {
    const withSplit = (resource: Resource): Resource =>
      resource.kind === 'backend' ? { ...resource, split: { ...whole, step, candidateShare } } : resource;
    return caller.apply(...plain.map(withSplit).filter(({ kind }) => kind === 'backend'));
  };
  await caller.apply(...plain);
  const port = await caller.listen(OUTBOUND);
  const call = async (user: number, headers: Record<string, string> = {}) => {
    const { text } = await request({ port }, '/x', { headers: { 'x-user': `user-${user}`, ...headers } });
    return JSON.parse(text) as { readonly revision: string; readonly headers: IncomingHttpHeaders };
  };
  const accepted = () => [stable.sidecar.acceptedCount, candidate.sidecar.acceptedCount];
  return { caller, divide, call, accepted };
}

/** A caller of two revisions that stand in no mesh, of which nobody says what they speak: one sends back what it gets, one is not there. */
async function startBytes(candidateShare: number) {
  const server = createTcpServer(socket => socket.on('error', () => undefined).pipe(socket));
  const gone = createTcpServer();
  for (const one of [server, gone]) {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
  }
  const endpointOf = (one: typeof server) => ({ address: '127.0.0.1', port: (one.address() as AddressInfo).port });
  const [stable, candidate] = [server, gone].map(one => [endpointOf(one)]);
  gone.close();
  const split: Split = {
    ...{ rollout: 'shop/catalogue', step: '1', candidateShare, mirrorShare: 0, matches: [], fuse: undefined },
    ...{ stable: { revision: 'old', endpoints: stable! }, candidate: { revision: 'new', endpoints: candidate! } },
    assignment: undefined,
  };
  const caller = new MeshBench();
  closing.push(
    () => caller.close(),
    () => server.close(),
  );
  const authority = await createTestAuthority('weir test mesh');
  await caller.join({ ...(await authority.issue(uriOf('shop/checkout'))), authoritiesPem: authority.certificatePem });
  const resources = callerResources({ protocol: 'detect', endpoints: split.stable.endpoints });
  await caller.apply(...resources.map(resource => (resource.kind === 'backend' ? { ...resource, split } : resource)));
  return { caller, port: await caller.listen(OUTBOUND) };
}

const USERS = Array.from({ length: 40 }, (_, i) => i);

describe('a split in the mesh', () => {
  it('opens no connection for a change of its shares, nor when it begins', async () => {
    const { caller, divide, call, accepted } = await startRevisions();
    expect((await call(0)).revision).toBe('old');
    const counts: number[] = [];
    for (const [step, share] of [1_000, 4_000, 6_000, 8_000].entries()) {
      await divide(`${step}`, share);
      const revisions: string[] = [];
      for (const user of USERS) revisions.push((await call(user)).revision);
      counts.push(revisions.filter(one => one === 'new').length);
    }
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect([counts[0], counts[3]].every(count => count !== 0 && count !== USERS.length)).toBe(true);
    expect(accepted()).toEqual([1, 1]);
    const { counts: told = [] } = caller.engine.takeSplitReport() ?? {};
    const toNew = told.filter(({ revision }) => revision === 'new').map(({ succeeded }) => succeeded);
    expect(toNew).toEqual(counts);
    expect(new Set(told.map(({ route }) => route))).toEqual(new Set(['']));
  });

  it.each([
    [0, { revision: 'old', succeeded: 1, failed: 0 }],
    [10_000, { revision: 'new', succeeded: 0, failed: 1 }],
  ])('counts connections that are carried whole, with %i of 10,000 for the candidate', async (candidateShare, counted) => {
    const { caller, port } = await startBytes(candidateShare);
    const client = connect(port, '127.0.0.1');
    closing.push(() => client.destroy());
    const { promise, resolve } = Promise.withResolvers<undefined>();
    for (const event of ['data', 'error']) client.once(event, () => resolve(undefined));
    client.write('\0binary');
    await promise;
    expect(caller.engine.takeSplitReport()?.counts).toMatchObject([counted]);
  });

  it('tells whoever is called the key of the client, as the hop before had it', async () => {
    const { divide, call } = await startRevisions();
    await divide('1', 5_000);
    const { headers } = await call(1);
    expect(headers['weir-client-key']).toMatch(/^[0-9a-f]{8}$/);
    const onBehalf = await call(2, { 'weir-client-key': String(headers['weir-client-key']) });
    expect(onBehalf.headers['weir-client-key']).toBe(headers['weir-client-key']);
    expect(onBehalf.revision).toBe((await call(1)).revision);
  });
});
