// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { createTempDirectory, createTestAuthority, request } from '@weir/testing';
import type { RawResponse, TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningControlPlane, StartOptions } from '../index.ts';
import { startControlPlane } from '../index.ts';
import { API_ROUTES } from './api-routes.ts';

let directory: TempDirectory;
let running: RunningControlPlane | undefined;

beforeEach(async () => {
  directory = await createTempDirectory();
  await directory.write(
    'config/class.yaml',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: weir }\nspec: { controllerName: weir.dev/gateway-controller }\n',
  );
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await directory[Symbol.asyncDispose]();
});

async function start(options: Partial<StartOptions> = {}): Promise<RunningControlPlane> {
  running = await startControlPlane({
    directory: join(directory.path, 'config'),
    stateDirectory: join(directory.path, 'state'),
    listen: { address: '127.0.0.1', port: 0 },
    api: { address: '127.0.0.1', port: 0 },
    apiHostNames: [],
    apiTls: undefined,
    trustDomain: undefined,
    leafLifetimeMs: undefined,
    bindAddress: '127.0.0.1',
    allowsPartial: false,
    onEvent: () => undefined,
    ...options,
  });
  return running;
}

async function tokenOf({ tokenPlace }: Pick<RunningControlPlane, 'tokenPlace'>): Promise<string> {
  return (await readFile(tokenPlace, 'utf8')).trim();
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly body?: string;
}

async function ask(
  path: string,
  { method = 'GET', headers = {}, host = '127.0.0.1', body }: Question = {},
): Promise<RawResponse> {
  const found = running ?? (await start());
  const all = {
    Authorization: `Bearer ${await tokenOf(found)}`,
    Connection: 'close',
    'Content-Type': 'application/json',
    ...headers,
  };
  return request({ port: Number(new URL(found.apiUrl).port) }, `/api/v1${path}`, {
    method,
    host,
    headers: all,
    ...(body === undefined ? {} : { body }),
  });
}

describe('the API', () => {
  it('answers who has the token, with headers that keep pages and caches away', async () => {
    const answer = await ask('/summary');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ trustDomain: 'weir.local', objectCount: 1, proxyCount: 0 });
    expect(answer.header('cache-control')).toBe('no-store');
    expect(answer.header('x-content-type-options')).toBe('nosniff');
    expect(answer.header('content-security-policy')).toContain("default-src 'self'");
    expect(answer.header('x-powered-by')).toBeUndefined();
  });

  it.each([
    [{ headers: { Authorization: 'Bearer wrong' } }, 401, 'no-token'],
    [{ headers: { Authorization: '' } }, 401, 'no-token'],
    [{ host: 'evil.example' }, 403, 'other-host'],
    [{ headers: { Origin: 'http://evil.example' } }, 403, 'other-origin'],
  ])('refuses %j as RFC 9457 says', async (question: Question, status, code) => {
    for (const path of ['/summary', '/openapi.json', '/nothing']) {
      const answer = await ask(path, question);
      expect(answer.status).toBe(status);
      expect(answer.header('content-type')).toBe('application/problem+json');
      expect(JSON.parse(answer.text)).toMatchObject({ type: `urn:weir:problem:${code}`, status });
    }
  });

  it('says what is wrong with a request', async () => {
    const post = (body: string): Promise<RawResponse> => ask('/join-tokens', { method: 'POST', body });
    expect(await ask('/nothing')).toMatchObject({ status: 404 });
    expect(await ask('/objects/HTTPRoute/shop/cart')).toMatchObject({ status: 404 });
    expect(await ask('/objects/GatewayClass/-/weir')).toMatchObject({ status: 200 });
    expect(await ask('/objects?colour=red')).toMatchObject({ status: 400 });
    expect(await post('{')).toMatchObject({ status: 400 });
    expect(await post(JSON.stringify({ identity: 'shop/cart', addresses: ['10.0.0.1'], ttlMs: 1000, x: 1 }))).toMatchObject({
      status: 400,
    });
    expect((await post('{"identity":"shop/cart","addresses":["10.0.0.1"]}')).text).toContain('ttlMs');
    expect((await post('{"identity":"Shop","addresses":["10.0.0.1"],"ttlMs":1000}')).text).toContain('write namespace/name');
    expect((await post('{"identity":"shop/cart","addresses":["cart"],"ttlMs":1000}')).text).toContain('is no IP address');
    expect(await post(JSON.stringify({ identity: 'x'.repeat(70_000) }))).toMatchObject({ status: 413 });
    expect(await ask('/identity/rotation', { method: 'DELETE' })).toMatchObject({ status: 200 });
  });

  it('issues join texts, and shows no key or token anywhere else', async () => {
    const body = '{"identity":"shop/cart","addresses":["10.0.0.1"],"ttlMs":1000}';
    const issued = await ask('/join-tokens', { method: 'POST', body });
    expect(issued.status).toBe(201);
    expect(JSON.parse(issued.text)).toMatchObject({ joinText: expect.stringMatching(/^weirjoin_[\w\-]{43}\.[0-9a-f]{64}$/v) });
    for (const path of ['/summary', '/objects', '/proxies', '/problems', '/identity', '/openapi.json']) {
      expect((await ask(path)).text).not.toMatch(/PRIVATE KEY|weirjoin_|weirapi_/v);
    }
  });

  it('lets a viewer see, and do nothing', async () => {
    const viewer = await tokenOf({ tokenPlace: `${(await start()).tokenPlace}-viewer` });
    const statuses = API_ROUTES.map(async ({ method, path }) => {
      const answer = await ask(path.replaceAll(/\{\w+\}/gv, 'x'), {
        method: method.toUpperCase(),
        headers: { Authorization: `Bearer ${viewer}` },
      });
      return [`${method} ${path}`, answer.status === 403 ? 'refused' : 'let in'];
    });
    expect(Object.fromEntries(await Promise.all(statuses))).toEqual({
      'get /summary': 'let in',
      'get /objects': 'let in',
      'get /objects/{kind}/{namespace}/{name}': 'let in',
      'get /proxies': 'let in',
      'get /proxies/{namespace}/{serviceAccount}/{proxy}/admin/{path}': 'refused',
      'get /problems': 'let in',
      'post /join-tokens': 'refused',
      'get /identity': 'let in',
      'post /identity/rotation': 'refused',
      'delete /identity/rotation': 'refused',
      'get /rollouts': 'let in',
      'get /rollouts/{namespace}/{name}': 'let in',
      ...Object.fromEntries(
        ['promote', 'pause', 'resume', 'abort', 'retry', 'undo'].map(verb => [
          `post /rollouts/{namespace}/{name}/${verb}`,
          'refused',
        ]),
      ),
    });
  });

  it('names the methods that a path is for', async () => {
    const answer = await ask('/identity/rotation', { method: 'PUT' });
    expect([answer.status, answer.header('allow')]).toEqual([405, 'POST, DELETE']);
  });

  it('keeps its tokens, one for each role, over a restart', async () => {
    const files = async ({ tokenPlace }: RunningControlPlane): Promise<readonly string[]> => [
      await tokenOf({ tokenPlace }),
      await tokenOf({ tokenPlace: `${tokenPlace}-viewer` }),
    ];
    const before = await files(await start());
    expect(new Set(before).size).toBe(2);
    await running?.stop();
    expect(await files(await start())).toEqual(before);
    expect((await stat(join(directory.path, 'state/api-token-viewer'))).mode & 0o777).toBe(0o600);
  });
});

describe('the API off loopback', () => {
  const anywhere = { address: '0.0.0.0', port: 0 };

  function askTls(url: string, options: { readonly ca: string; readonly token: string }): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = requestHttps(
        `${url.replace('0.0.0.0', '127.0.0.1')}/api/v1/summary`,
        {
          ca: options.ca,
          checkServerIdentity: () => undefined,
          agent: false,
          headers: { Authorization: `Bearer ${options.token}` },
        },
        response => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on('error', reject).end();
    });
  }

  it("is TLS with the mesh's own certificate", async () => {
    const found = await start({ api: anywhere });
    expect(found.apiUrl).toMatch(/^https:/v);
    const token = await tokenOf(found);
    expect(await askTls(found.apiUrl, { ca: found.controlPlane.authority.bundle().rootsPem, token })).toBe(200);
    await expect(request({ port: Number(new URL(found.apiUrl).port) }, '/api/v1/summary')).rejects.toThrow();
    expect(await readFile(join(directory.path, 'state/api.json'), 'utf8')).toContain(
      'spiffe://weir.local/ns/weir-system/sa/control-plane',
    );
  });

  it('is TLS with a given certificate', async () => {
    const authority = await createTestAuthority();
    const { certificatePem, keyPem } = await authority.issue('127.0.0.1');
    const found = await start({ api: anywhere, apiTls: { cert: certificatePem, key: keyPem } });
    expect(await askTls(found.apiUrl, { ca: authority.certificatePem, token: await tokenOf(found) })).toBe(200);
  });
});
