// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix } from '../process/stage/documents.ts';
import type { Fields } from '../process/stage/documents.ts';
import { meshRoute, serviceParent } from '../process/mesh/stage/mesh-documents.ts';
import { ControlledMesh } from './stage/controlled-mesh.ts';
import type { Workload } from './stage/controlled-mesh.ts';
import type { MeshObject } from './stage/mesh-documents.ts';

// Routes of Services on machines of their own: applications dial the addresses of Services and know nothing of Weir. `one` and `two` are
// workloads, each of a Service of its name; nobody is behind `front`, whose routes lead to them.

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

const GRPC_ECHO = fileURLToPath(new URL('stage/grpc-echo.ts', import.meta.url));
const FRONT = '10.96.0.100';
const ECHO_PORT = 81;

/** What the application says that it was asked for. */
interface Echo {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const to = (name: string, more: Fields = {}): Fields => backend(name, { port: ECHO_PORT, ...more });
const sets = (name: string, value: string): Fields => ({
  type: 'RequestHeaderModifier',
  requestHeaderModifier: { set: [{ name, value }] },
});
const rule = (path: string, more: Fields, ...backendRefs: readonly Fields[]): Fields => ({
  matches: [prefix(path)],
  ...more,
  ...(backendRefs.length === 0 ? {} : { backendRefs }),
});
const redirect = (requestRedirect: Fields): Fields => ({ filters: [{ type: 'RequestRedirect', requestRedirect }] });
const rewrite = (path: Fields): Fields => ({ filters: [{ type: 'URLRewrite', urlRewrite: { path } }] });
const grpcRule = (name: string, more: Fields): Fields => ({
  matches: [{ method: { service: 'shop.Stock', method: 'Get' }, headers: [{ name: 'x-rule', value: name }] }],
  ...more,
});
const grpcTo = (name: string, more: Fields = {}): Fields => backend(name, { port: 50_051, ...more });

const DOCUMENTS = [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'front', namespace: 'shop' } },
    spec: {
      clusterIP: FRONT,
      ports: [
        { name: 'http', port: 80, appProtocol: 'http' },
        { name: 'http-admin', port: 8080, appProtocol: 'http' },
        { name: 'grpc', port: 50_051, appProtocol: 'kubernetes.io/h2c' },
      ],
    },
  },
  meshRoute('front', {
    parents: [serviceParent('front', { port: 80 })],
    rules: [
      {
        name: 'query',
        matches: [prefix('/query', { queryParams: [{ name: 'version', value: 'two' }] })],
        backendRefs: [to('two')],
      },
      rule('/query', { name: 'plain' }, to('one')),
      rule('/to-https', redirect({ scheme: 'https', statusCode: 301 })),
      rule('/to-path', redirect({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 302 })),
      rule('/to-port', redirect({ port: 8443, statusCode: 302 })),
      rule('/rewrite', rewrite({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/inner' }), to('one')),
      rule('/full', rewrite({ type: 'ReplaceFullPath', replaceFullPath: '/whole' }), to('one')),
      rule('/per-backend', {}, to('one', { filters: [sets('X-Of', 'one')] }), to('two', { filters: [sets('X-Of', 'two')] })),
      rule('/mirror', { filters: [{ type: 'RequestMirror', requestMirror: { backendRef: to('two') } }] }, to('one')),
      rule('/split', {}, to('one', { weight: 90 }), to('two', { weight: 10 })),
    ],
  }),
  meshRoute('admin', { parents: [serviceParent('front', { port: 8080 })], rules: [{ backendRefs: [to('two')] }] }),
  // Of a namespace that calls: for its own workloads alone.
  meshRoute('visit', {
    namespace: 'visit',
    parents: [serviceParent('front', { namespace: 'shop', port: 80 })],
    rules: [
      { ...forward('/query', 'one'), filters: [sets('X-Consumer', 'yes')], backendRefs: [to('one', { namespace: 'shop' })] },
    ],
  }),
  meshRoute('stock', {
    kind: 'GRPCRoute',
    parents: [serviceParent('front', { port: 50_051 })],
    rules: [
      grpcRule('weights', { backendRefs: [grpcTo('one', { weight: 70 }), grpcTo('two', { weight: 30 })] }),
      grpcRule('filters', {
        filters: [
          sets('x-tenant', 'shop'),
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-via', value: 'mesh' }] } },
        ],
        backendRefs: [grpcTo('one')],
      }),
    ],
  }),
] as unknown as readonly MeshObject[];

let mesh: ControlledMesh;

/** Bodies of the echoing application, as curl prints them, for each target that its URL stands for. */
async function echoes(from: Workload, url: string, ...options: readonly string[]): Promise<readonly Echo[]> {
  const text = await mesh.curl(from, url, ...options);
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Echo);
}

async function echo(from: Workload, url: string, ...options: readonly string[]): Promise<Echo> {
  const [only] = await echoes(from, url, ...options);
  if (only === undefined) throw new Error(`${url} has no answer\n${mesh.sidecar(from).output}`);
  return only;
}

/** The status, and where it leads to. */
function headOf(from: Workload, url: string): Promise<string> {
  return mesh.curl(from, url, '--output', '/dev/null', '--write-out', '%{http_code} %{redirect_url}');
}

async function callGrpc(ruleName: string, count: number): Promise<unknown> {
  const { stdout, stderr } = await mesh.run('client', process.execPath, GRPC_ECHO, 'call', FRONT, ruleName, String(count));
  return JSON.parse(stdout === '' ? JSON.stringify(stderr) : stdout);
}

describe.skipIf(reason !== undefined)(`routes of Services that applications dial by address${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({
      workloads: ['client', 'one', 'two', 'outsider'],
      services: { client: 'shop/client', one: 'shop/one', two: 'shop/two', outsider: 'visit/guest' },
      objects: DOCUMENTS,
    });
    for (const name of ['one', 'two'] as const) {
      await mesh.host(name).run([process.execPath, GRPC_ECHO, 'serve', name], { userId: 1_234 }).sees(/ready/);
    }
    await waitFor(async () => (await headOf('client', `http://${FRONT}/query`)).startsWith('200'), { what: 'the first answer' });
  }, 120_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('hold for the address that is dialled, whatever Host says', async () => {
    expect((await echo('client', `http://${FRONT}/query`, '--header', 'Host: two.shop')).name).toBe('one');
    const itself = `http://${mesh.addressOf('two')}:${ECHO_PORT}`;
    expect((await echo('client', `${itself}/query`, '--header', 'Host: front.shop')).name).toBe('two');
  });

  it('match queries, and answer 404 to what no rule is for', async () => {
    expect((await echo('client', `http://${FRONT}/query?version=two`)).name).toBe('two');
    expect((await echo('client', `http://${FRONT}/query?version=three`)).name).toBe('one');
    expect(await headOf('client', `http://${FRONT}/nothing`)).toBe('404 ');
  });

  it('have rules whose names the log tells', async () => {
    await echo('client', `http://${FRONT}/query?named`);
    const fits = (line: Readonly<Record<string, unknown>>): boolean =>
      line['path'] === '/query?named' && line['rule'] === 'plain';
    await waitFor(() => mesh.logOf('client').some(fits), { what: 'a line of the log' });
  });

  it('hold for one port', async () => {
    expect((await echo('client', `http://${FRONT}:8080/query`)).name).toBe('two');
  });

  it.each([
    ['scheme', '/to-https/x', `301 https://${FRONT}/to-https/x`],
    ['path', '/to-path/x', `302 http://${FRONT}/new/x`],
    ['port', '/to-port', `302 http://${FRONT}:8443/to-port`],
  ])('redirect to another %s', async (_, path, expected) => {
    expect(await headOf('client', `http://${FRONT}${path}`)).toBe(expected);
  });

  it.each([
    ['/rewrite/x?y', '/inner/x?y'],
    ['/full/x?y', '/whole?y'],
  ])('rewrite %s', async (path, expected) => {
    expect((await echo('client', `http://${FRONT}${path}`)).url).toBe(expected);
  });

  it('set headers for each backend', async () => {
    const seen = await echoes('client', `http://${FRONT}/per-backend?[1-20]`);
    expect(seen.map(({ name, headers }) => headers['x-of'] === name)).toEqual(seen.map(() => true));
    expect(new Set(seen.map(({ name }) => name))).toEqual(new Set(['one', 'two']));
  });

  it('send copies', async () => {
    expect((await echo('client', `http://${FRONT}/mirror?copied`)).name).toBe('one');
    const isThere = (): boolean => mesh.logOf('two').some(({ path }) => path === '/mirror?copied');
    await waitFor(isThere, { what: 'the copy' });
  });

  it('split requests by weights, within two points', async () => {
    const seen = await echoes('client', `http://${FRONT}/split?[1-1000]`);
    const share = seen.filter(({ name }) => name === 'two').length / seen.length;
    expect([seen.length, Math.abs(share - 0.1) <= 0.02]).toEqual([1000, true]);
  });

  it('of another namespace hold for its callers, in place of the others', async () => {
    expect((await echo('outsider', `http://${FRONT}/query?version=two`)).headers['x-consumer']).toBe('yes');
    expect(await headOf('outsider', `http://${FRONT}/split`)).toBe('404 ');
    expect((await echo('client', `http://${FRONT}/query?version=two`)).headers['x-consumer']).toBeUndefined();
  });

  it('split gRPC calls by weights, within two points', async () => {
    const { answers } = (await callGrpc('weights', 1000)) as { readonly answers: Readonly<Record<string, number>> };
    expect(Object.keys(answers).sort()).toEqual(['one', 'two']);
    expect(Math.abs((answers['two'] ?? 0) - 300)).toBeLessThanOrEqual(20);
  });

  it('change the metadata of gRPC calls', async () => {
    expect(await callGrpc('filters', 1)).toEqual({ answers: { 'one shop': 1 }, via: 'mesh' });
  });
});
