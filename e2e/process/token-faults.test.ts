// SPDX-License-Identifier: Apache-2.0
import { Metadata, status } from '@grpc/grpc-js';
import { requestText, startLoad, waitFor } from '@weir/testing';
import type { RawResponse } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { backend, forward, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { tokenPolicy } from './stage/token-documents.ts';
import { TokenIssuer } from './stage/token-issuer.ts';
import type { KeyScript } from './stage/token-issuer.ts';

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

const ROUTES = [route('guarded', [forward('/', 'main')]), route('open', [forward('/open', 'main')])];

async function openIssuer(options: { readonly isAway?: boolean } = {}): Promise<TokenIssuer> {
  const issuer = await TokenIssuer.open(options);
  open.push(issuer);
  return issuer;
}

const WORKER_COUNT = 2;

async function openGuarded(issuer: TokenIssuer): Promise<Stage> {
  const flags = ['--workers', String(WORKER_COUNT)];
  const stage = await openStage({ backends: { main: 'echo' }, documents: [...ROUTES, tokenPolicy(issuer)], flags });
  open.push(stage);
  return stage;
}

function send(stage: Stage, token: string): Promise<RawResponse> {
  return stage.send('http', '/', { headers: { authorization: `Bearer ${token}` } });
}

/** Every worker has keys for itself. */
async function everyWorkerHasKeys(stage: Stage): Promise<void> {
  const counted = new RegExp(`weir_key_set_fetches_total\\{.*outcome="changed"\\} ${WORKER_COUNT}$`, 'm');
  await waitFor(async () => counted.test(await stage.weir.metrics()), { what: 'all workers to have keys' });
}

/** On several connections, as each worker finds out by itself. */
async function becomes(stage: Stage, token: string, expected: number): Promise<void> {
  const asked = async (): Promise<boolean> => {
    const answers = await Promise.all(Array.from({ length: 4 * WORKER_COUNT }, () => send(stage, token)));
    return answers.every(answer => answer.status === expected);
  };
  await waitFor(asked, {
    what: () => `status ${expected}\n${stage.weir.child.output}`,
    timeoutMs: 30_000,
  });
}

/** Refused as nobody can tell, and not as wrong. */
function expectUnavailable(answer: RawResponse): void {
  expect([answer.status, answer.header('retry-after'), answer.header('www-authenticate')]).toEqual([503, '1', undefined]);
  expect(answer.json()).toMatchObject({ code: 'policy_unavailable' });
}

describe('keys of an issuer', () => {
  it('that change while requests run are taken up, and those that are withdrawn count no more', { timeout: 90_000 }, async () => {
    const issuer = await openIssuer();
    const stage = await openGuarded(issuer);
    const old = await issuer.token();
    await everyWorkerHasKeys(stage);
    const load = startLoad({
      at: stage.at('http'),
      clientCount: 4,
      requestText: requestText('/', { headers: { authorization: `Bearer ${old}` } }),
    });
    issuer.addKey();
    const fresh = await issuer.token();
    await becomes(stage, fresh, 200);
    expect((await send(stage, old)).status).toBe(200);
    const report = await load.stop();
    expect([...report.failures]).toEqual([]);
    expect(report.succeededCount).toBeGreaterThan(1000);
    issuer.withdrawOldKeys();
    await becomes(stage, old, 401);
    expect((await send(stage, fresh)).status).toBe(200);
  });

  it('that cannot be fetched at the start are a 503, until they can', async () => {
    const issuer = await openIssuer({ isAway: true });
    const stage = await openGuarded(issuer);
    const token = issuer.sign({});
    expectUnavailable(await send(stage, token));
    expect((await stage.send('http', '/')).status).toBe(401);
    expect((await stage.send('http', '/open')).status).toBe(200);
    await issuer.start();
    await becomes(stage, token, 200);
  });

  it('are used on when the issuer goes away', async () => {
    const issuer = await openIssuer();
    const stage = await openGuarded(issuer);
    await everyWorkerHasKeys(stage);
    const token = await issuer.token();
    await issuer.stop();
    expect((await send(stage, token)).status).toBe(200);
    expect((await send(stage, issuer.sign({ jti: 'another' }))).status).toBe(200);
    expect((await send(stage, issuer.sign({ exp: 1 }))).status).toBe(401);
  });

  it('that come slowly are waited for, and nobody else waits', async () => {
    const issuer = await openIssuer();
    const held: (() => void)[] = [];
    issuer.answerKeysWith((_, response) => held.push(() => response.end()));
    const stage = await openGuarded(issuer);
    const waiting = send(stage, issuer.sign({}));
    await waitFor(() => held.length > 0, { what: 'the keys to be asked for' });
    expect((await stage.send('http', '/open')).status).toBe(200);
    expectUnavailable(await waiting);
    issuer.answerKeysWith(undefined);
    await becomes(stage, issuer.sign({}), 200);
  });

  it.each<[string, KeyScript]>([
    ['an error', (_, response) => response.writeHead(500).end('broken')],
    ['a page', (_, response) => response.end('<html>Welcome</html>')],
    ['no keys', (_, response) => response.end('{"keys":[]}')],
    ['a secret', (_, response) => response.end(`{"keys":[{"kty":"oct","k":"${'A'.repeat(86)}"}]}`)],
    [
      'half an answer',
      (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy()),
    ],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('that are %s are none', async (_what, script) => {
    const issuer = await openIssuer();
    issuer.answerKeysWith(script);
    const stage = await openGuarded(issuer);
    expectUnavailable(await send(stage, issuer.sign({})));
    issuer.answerKeysWith(undefined);
    await becomes(stage, issuer.sign({}), 200);
  });
});

describe('a policy that changes', () => {
  it('holds at once, keeps what it has verified, and refuses all where its keys are gone', async () => {
    const issuer = await openIssuer();
    const stage = await openGuarded(issuer);
    const token = await issuer.token();
    await becomes(stage, token, 200);
    const fetches = issuer.keyFetchCount;
    const change = async (jwt: Fields, expected: number): Promise<void> => {
      await stage.apply([tokenPolicy(issuer, { jwt })], async () => (await send(stage, token)).status === expected);
    };
    await change({ audiences: ['urn:bank'] }, 401);
    await change({ claimsToHeaders: [{ path: ['sub'], header: 'X-User' }] }, 200);
    await change({ jwks: { secretRef: { name: 'gone' } } }, 503);
    expect(await (await send(stage, token)).json()).toMatchObject({ code: 'policy_unresolved' });
    await change({}, 200);
    // Keys were let go of once, with the policy that did not name them.
    expect(issuer.keyFetchCount - fetches).toBeLessThanOrEqual(2);
  });
});

describe('a gRPC call', () => {
  const DEFINITION = { call: grpcMethod('/shop.Stock/Call') };

  it('is admitted by a token in its metadata, else ends with the status that fits', async () => {
    const { server, port } = await serveGrpc(DEFINITION, {
      call: (call: { readonly metadata: Metadata }, done: (error: null, answer: Buffer) => void) => {
        done(null, Buffer.from(String(call.metadata.get('x-user')[0])));
      },
    });
    open.push({
      [Symbol.asyncDispose]: () => {
        server.forceShutdown();
        return Promise.resolve();
      },
    });
    const issuer = await openIssuer({ isAway: true });
    const jwt = { claimsToHeaders: [{ path: ['sub'], header: 'X-User' }] };
    const stage = await openStage({
      backends: {},
      documents: [
        ...service('stock', [port]),
        grpcRoute('guarded', [{ backendRefs: [backend('stock')] }]),
        tokenPolicy(issuer, { target: { kind: 'GRPCRoute' }, jwt }),
      ],
    });
    open.push(stage);
    const client = connectGrpc(stage.ports.http);
    open.push({
      [Symbol.asyncDispose]: () => {
        client.close();
        return Promise.resolve();
      },
    });
    let answer = '';
    const call = async (token?: string): Promise<status> => {
      const metadata = new Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      metadata.set('x-user', 'root');
      const running = client.makeUnaryRequest('/shop.Stock/Call', bytes, bytes, Buffer.from(''), metadata, (_, value) => {
        answer = String(value);
      });
      return (await statusOf(running)).code;
    };
    expect(await call()).toBe(status.UNAUTHENTICATED);
    expect(await call(issuer.sign({}))).toBe(status.UNAVAILABLE);
    await issuer.start();
    await waitFor(async () => (await call(issuer.sign({}))) === status.OK, {
      what: () => `an answer\n${stage.weir.child.output}`,
    });
    expect(answer).toBe('acme');
    expect(await call(issuer.sign({ exp: 1 }))).toBe(status.UNAUTHENTICATED);
  });
});
