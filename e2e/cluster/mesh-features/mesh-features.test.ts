// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../stage/bundle-program.ts';
import { ClusterClient } from '../stage/cluster-client.ts';
import { startClusterLoad } from '../stage/cluster-load.ts';
import { INJECTED } from '../stage/mesh-documents.ts';
import { isRolledOut } from '../stage/rollout.ts';
import { openNamespace } from '../stage/test-namespace.ts';
import type { TestNamespace } from '../stage/test-namespace.ts';
import type { Trial } from '../stage/trial.ts';
import { ensureWeir } from '../stage/weir-release.ts';
import { besideContainer, echoBackend } from '../stage/workload.ts';
import { consumerRoute, frontService, PRODUCER_ROUTES } from './feature-documents.ts';

// What the Gateway API asks of a mesh (GAMMA), with applications that know nothing of it: `one` calls the Service `front`, whose routes
// lead to `one` and `two`.

const NAME = 'e2e-features';
const GUESTS = 'e2e-guests';
const FRONT = 'http://front';
const GRPC_ECHO = 'grpc-echo.mjs';

/** What the application says that it was sent. */
interface Echo {
  readonly pod: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

let mesh: TestNamespace;
let guests: TestNamespace;
let caller: ClusterClient;
let guest: ClusterClient;

beforeAll(async () => {
  await ensureWeir();
  const programs = { [GRPC_ECHO]: await bundleProgram('netns/stage/grpc-echo.ts') };
  [mesh, guests] = await Promise.all([openNamespace(NAME, INJECTED, programs), openNamespace(GUESTS, INJECTED)]);
  const workloads = ['one', 'two'].flatMap(name =>
    echoBackend(name, {
      ports: [{ name: 'grpc', port: 50_051, appProtocol: 'kubernetes.io/h2c' }],
      beside: [besideContainer('grpc', GRPC_ECHO, 'serve', name)],
    }),
  );
  await mesh.apply(...workloads, frontService(), ...PRODUCER_ROUTES);
  await guests.apply(...echoBackend('guest'), consumerRoute(NAME));
  await Promise.all([isRolledOut('one', NAME), isRolledOut('two', NAME), isRolledOut('guest', GUESTS)]);
  caller = new ClusterClient(mesh, 'deployment/one');
  guest = new ClusterClient(guests, 'deployment/guest');
});

afterAll(async () => {
  await Promise.all([mesh, guests].map(namespace => namespace[Symbol.asyncDispose]()));
});

/** Who answered, and what had come to it. */
async function echo(trial: Trial, from = caller): Promise<Echo & { readonly answered: string | undefined }> {
  const { body, headers } = await from.ask({ status: 200, ...trial });
  return { ...(JSON.parse(body) as Echo), answered: headers['x-route'] };
}

async function podAddress(name: string): Promise<string> {
  const words = ['get', 'pods', '--selector', `app=${name}`, '--output', 'jsonpath={.items[0].status.podIP}'];
  return mesh.kubectl(words);
}

describe('requests of pods in the mesh', () => {
  it.each([
    ['by a prefix', '/two/anything', 'two'],
    ['by a prefix that is whole segments', '/two', 'two'],
    ['by an exact path before a prefix', '/two/exact', 'one'],
    ['by a query parameter', '/by-query?animal=whale', 'two'],
    ['by another value of it to the others', '/by-query?animal=dolphin', 'one'],
    ['by a rule that has a name', '/named', 'two'],
  ])('are matched %s', async (_how, path, backend) => {
    expect((await echo({ url: `${FRONT}${path}` })).pod).toMatch(new RegExp(`^${backend}-`, 'v'));
  });

  it('are matched by a header, and get 404 where no rule fits', async () => {
    const trial = { url: `${FRONT}/by-header` };
    expect((await echo(trial)).pod).toMatch(/^one-/v);
    expect((await echo({ ...trial, headers: { version: 'two' } })).pod).toMatch(/^two-/v);
    await caller.ask({ url: `${FRONT}/twofold`, status: 404 });
  });

  it('reach a Service that has no route', async () => {
    expect(await echo({ url: 'http://two/known' })).toMatchObject({ pod: expect.stringMatching(/^two-/v), url: '/known' });
  });

  it('have headers set, added and removed, as the answer has', async () => {
    const headers = { 'x-set': 'client', 'x-add': 'client', 'x-remove': 'client' };
    const seen = await echo({ url: `${FRONT}/headers`, headers });
    expect(seen).toMatchObject({ answered: 'headers', headers: { 'x-set': 'route', 'x-add': 'client, route' } });
    expect(seen.headers['x-remove']).toBeUndefined();
  });

  it('have headers of the backend that they go to', async () => {
    expect((await echo({ url: `${FRONT}/of-backend` })).headers['x-set']).toBe('one');
  });

  it.each([
    ['/prefix/a/b', '/inner/a/b'],
    ['/full/a/b', '/whole'],
  ])('have their path rewritten: %s arrives as %s', async (path, arrives) => {
    expect((await echo({ url: `${FRONT}${path}` })).url).toBe(arrives);
  });

  it.each([
    ['/to-host', 302, 'http://example.org/to-host'],
    ['/to-host-301', 301, 'http://example.org/to-host-301'],
    ['/to-https', 302, 'https://front/to-https'],
    ['/to-port', 302, 'http://front:8083/to-port'],
    ['/to-prefix/a', 302, 'http://front/new/a'],
    ['/to-full/a', 302, 'http://front/new'],
    ['/see-other', 303, 'http://front/new'],
    ['/temporary', 307, 'http://front/new'],
    ['/permanent', 308, 'http://front/new'],
  ])('are redirected: %s with %i to %s', async (path, status, location) => {
    const { headers } = await caller.ask({ url: `${FRONT}${path}`, status });
    expect(headers['location']).toBe(location);
  });

  it('are split by weights, within five points', async () => {
    await using load = await startClusterLoad(mesh, { url: `${FRONT}/weights` }, 'deployment/one');
    await load.goesOnFor(500);
    const { requests, failed, pods } = await load.stop();
    const share = Object.entries(pods).find(([pod]) => pod.startsWith('two-'))![1] / requests;
    expect({ failed, isFair: Math.abs(share - 0.2) <= 0.05 }, `${share}`).toEqual({ failed: 0, isFair: true });
  });
});

describe('which routes hold is told by', () => {
  it('the port that is called', async () => {
    expect(await echo({ url: `${FRONT}:8080/two/exact` })).toMatchObject({
      ...{ answered: 'admin', pod: expect.stringMatching(/^two-/v) },
    });
  });

  it('the address that is called, whatever Host says', async () => {
    expect((await echo({ url: `${FRONT}/two`, host: 'one' })).pod).toMatch(/^two-/v);
    expect(await echo({ url: 'http://one/two', host: 'front' })).toMatchObject({ pod: expect.stringMatching(/^one-/v) });
  });

  it('the Service: who calls a pod itself goes by none', async () => {
    const seen = await echo({ url: `http://${await podAddress('two')}:8080/headers`, host: 'front' });
    expect([seen.url, seen.answered]).toEqual(['/headers', undefined]);
  });

  it('the namespace of who calls: its own route holds for it, and for nobody else', async () => {
    const url = `http://front.${NAME}/two`;
    expect(await echo({ url }, guest)).toMatchObject({ answered: 'consumer', pod: expect.stringMatching(/^one-/v) });
    expect(await echo({ url })).toMatchObject({ answered: undefined, pod: expect.stringMatching(/^two-/v) });
  });
});

describe('gRPC between pods', () => {
  it('is split by weights, within five points', async () => {
    const { answers } = await callGrpc('weights', 500);
    expect(Object.keys(answers).sort()).toEqual(['one', 'two']);
    expect(Math.abs(answers['two']! / 500 - 0.2), JSON.stringify(answers)).toBeLessThanOrEqual(0.05);
  });

  it('has its metadata changed on the way there and back', async () => {
    expect(await callGrpc('filters', 1)).toEqual({ answers: { 'two shop': 1 }, via: 'mesh' });
  });
});

interface GrpcAnswers {
  readonly answers: Readonly<Record<string, number>>;
  readonly via: string;
}

async function callGrpc(rule: string, count: number): Promise<GrpcAnswers> {
  const words = ['exec', 'deployment/one', '--container', 'app', '--', 'node', `/programs/${GRPC_ECHO}`];
  return JSON.parse(await mesh.kubectl([...words, 'call', 'front', rule, String(count)])) as GrpcAnswers;
}
