// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import { createSystemRandom, systemClock } from '@weir/base';
import { RelayOffer } from '@weir/sync/client';
import { nameRoot } from '@weir/sync/messages';
import { createTempDirectory, waitFor } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ControlPlaneEvent, RunningControlPlane } from '../index.ts';
import { startControlPlane } from '../index.ts';
import { TestProxy } from '../test-proxy.ts';

vi.setConfig({ testTimeout: 30_000 });

const ADDRESS = '127.0.0.7';
const NAME = 'shop/cart/one';

let cleanups: AsyncDisposableStack;
let directory: TempDirectory;
let running: RunningControlPlane;
let events: ControlPlaneEvent[];

beforeEach(async () => {
  cleanups = new AsyncDisposableStack();
  directory = cleanups.use(await createTempDirectory());
  events = [];
  await directory.write(
    'config/class.yaml',
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: weir }\nspec: { controllerName: weir.dev/gateway-controller }\n',
  );
  await start({ listen: 0, api: 0 });
});
afterEach(() => cleanups.disposeAsync());

async function start(ports: { readonly listen: number; readonly api: number }): Promise<void> {
  running = await startControlPlane({
    directory: join(directory.path, 'config'),
    stateDirectory: join(directory.path, 'state'),
    listen: { address: '127.0.0.1', port: ports.listen },
    api: { address: '127.0.0.1', port: ports.api },
    ...{ apiHostNames: [], apiTls: undefined, trustDomain: undefined, leafLifetimeMs: undefined },
    ...{ bindAddress: '127.0.0.1', allowsPartial: false },
    onEvent: event => void events.push(event),
  });
  let isStopped = false;
  const { stop } = running;
  running = {
    ...running,
    stop: async () => {
      if (!isStopped) await stop();
      isStopped = true;
    },
  };
  cleanups.defer(running.stop);
}

/** A proxy of that identity with a stream, which lets itself be asked under any name where `handler` answers. */
async function startProxy(identity: string, handler?: RequestListener, offeredName = 'one'): Promise<TestProxy> {
  const [, name = ''] = identity.split('/');
  const { joinText } = await running.controlPlane.issueJoinText({
    identity: { trustDomain: 'weir.local', namespace: 'shop', name },
    addresses: [ADDRESS],
    ttlMs: 60_000,
  });
  const proxy = cleanups.use(
    new TestProxy({
      ...{ port: running.listen.port, identity, joinText, roots: [nameRoot('mesh-settings')] },
      rootPem: running.controlPlane.authority.bundle().rootsPem,
    }),
  );
  await proxy.start();
  await waitFor(() => proxy.client.isConnected, { what: 'the proxy to be up to date' });
  if (handler === undefined) return proxy;
  const relay = new RelayOffer({
    address: { url: `https://127.0.0.1:${running.listen.port}`, tls: () => proxy.mutualTls() },
    ...{ proxy: offeredName, clock: systemClock, random: createSystemRandom(), handler },
  });
  cleanups.defer(() => relay.close());
  relay.start();
  return proxy;
}

const tokenOf = async (file = 'api-token'): Promise<string> =>
  (await readFile(join(directory.path, 'state', file), 'utf8')).trim();

interface Question {
  readonly name?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly file?: string;
}

async function open(path: string, { name = NAME, method = 'GET', headers = {}, file }: Question = {}): Promise<IncomingMessage> {
  const sent = request(`${running.apiUrl}/api/v1/proxies/${name}/admin/${path}`, {
    method,
    agent: false,
    headers: { Authorization: `Bearer ${await tokenOf(file)}`, ...headers },
  }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response.on('error', () => undefined);
}

async function ask(path: string, question: Question = {}) {
  const response = await open(path, question);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return { status: response.statusCode, headers: response.headers, text };
}

describe('the relay to proxies', () => {
  it('passes what is asked and answered, and nothing else of either', async () => {
    let seen: unknown;
    await startProxy('shop/cart', ({ url, headers, method }, response) => {
      seen = { url, headers, method };
      response.setHeader('Set-Cookie', 'a=b');
      response.setHeader('Content-Security-Policy', 'default-src *');
      response.setHeader('Location', 'http://evil.example');
      response.setHeader('X-Own', 'x');
      response.writeHead(418, { 'Content-Type': 'text/html', 'Keep-Alive': 'timeout=9', Connection: 'X-Own' }).end('<script>');
    });
    const headers = {
      Cookie: 'c=d',
      'X-Forwarded-For': '1.2.3.4',
      'Proxy-Authorization': 'x',
      Accept: 'text/html',
      TE: 'trailers',
    };
    const answer = await ask('a%2Fb/c%20d?e=f%26', { headers });
    expect(answer).toMatchObject({ status: 418, text: '<script>' });
    expect(seen).toEqual({
      ...{ url: '/a%2Fb/c%20d?e=f%26', method: 'GET' },
      headers: { host: 'proxy', accept: 'text/html', connection: 'close' },
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    for (const name of ['set-cookie', 'location', 'x-own']) expect(answer.headers[name]).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain(await tokenOf());
  });

  it('only looks', async () => {
    let askedCount = 0;
    await startProxy('shop/cart', (_request, response) => {
      askedCount++;
      response.end('seen');
    });
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await ask('workers/0/terminate', { method });
      expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
    expect(askedCount).toBe(0);
    expect(await ask('status', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('is for operators', async () => {
    await startProxy('shop/cart', (_request, response) => response.end('seen'));
    const refused = await ask('status', { file: 'api-token-viewer' });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.text)).toMatchObject({
      type: 'urn:weir:problem:no-right',
      detail: expect.stringContaining('needs the right relay, which the token of the viewer does not give'),
    });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'api-refused', address: '127.0.0.1' }));
    expect(JSON.stringify(events)).not.toContain('weirapi_');
    expect((await ask('status')).text).toBe('seen');
  });

  it('leads to nobody who says that it is somebody else', async () => {
    await startProxy('shop/cart');
    for (const name of ['one', '../cart/one', 'shop/cart/one']) {
      await startProxy('shop/thief', (_request, response) => response.end('stolen'), name);
    }
    await waitFor(() => running.controlPlane.relay.hub.isOffered('shop/thief/one'), { what: 'the offer' });
    const refused = await ask('status');
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({
      type: 'urn:weir:problem:no-relay',
      detail: expect.stringContaining('shop/cart/one is connected and does not let itself be asked'),
    });
  });

  it('says of a proxy that is not connected that it is not', async () => {
    const refused = await ask('status');
    expect(refused.status).toBe(404);
    expect(JSON.parse(refused.text)).toMatchObject({
      type: 'urn:weir:problem:no-such-proxy',
      detail: expect.stringContaining('no proxy is connected as shop/cart/one'),
    });
  });

  it('says of a proxy that ends without an answer that it has', async () => {
    await startProxy('shop/cart', ({ socket }) => socket.destroy());
    const refused = await ask('status');
    expect(refused.status).toBe(502);
    expect(JSON.parse(refused.text)).toMatchObject({ type: 'urn:weir:problem:proxy-gone' });
  });
});

describe('streams of a proxy', () => {
  it('come piece by piece, and end in the proxy when the caller goes', async () => {
    let isOver = false;
    let send: (text: string) => void = () => undefined;
    await startProxy('shop/cart', (_request, response) => {
      response.flushHeaders();
      send = text => void response.write(text);
      response.once('close', () => (isOver = true));
    });
    const response = await open('notes');
    send('first');
    expect(String((await once(response, 'data'))[0])).toBe('first');
    send('second');
    expect(String((await once(response, 'data'))[0])).toBe('second');
    response.destroy();
    await waitFor(() => isOver, { what: 'the end in the proxy' });
  });

  it('are cut, and not ended, when the proxy goes', async () => {
    await startProxy('shop/cart', (_request, response) => {
      response.write('first');
      setImmediate(() => response.destroy());
    });
    const response = await open('notes');
    await expect(response.toArray()).rejects.toThrow('aborted');
  });

  it('go no faster than the caller reads', async () => {
    const sent = { bytes: 0, isFull: false };
    await startProxy('shop/cart', (_request, response) => {
      const block = Buffer.alloc(65_536);
      while (!sent.isFull && sent.bytes < 256 * 1024 * 1024) {
        sent.isFull = !response.write(block);
        sent.bytes += block.length;
      }
      response.once('drain', () => response.end());
    });
    const response = await open('big');
    await waitFor(() => sent.isFull, { what: 'the proxy to wait' });
    let received = 0;
    for await (const part of response) received += (part as Buffer).length;
    expect(received).toBe(sent.bytes);
  });

  it('come again after a restart of the control plane', async () => {
    await startProxy('shop/cart', (_request, response) => response.end('seen'));
    expect((await ask('status')).text).toBe('seen');
    const ports = { listen: running.listen.port, api: Number(new URL(running.apiUrl).port) };
    await running.stop();
    await start(ports);
    await waitFor(async () => (await ask('status')).text === 'seen', { what: 'the proxy to be asked again', timeoutMs: 20_000 });
    const isAskable = (): boolean => running.controlPlane.proxies().some(one => one.proxy === NAME && one.isAskable);
    await waitFor(isAskable, { what: 'the proxy to be named as one that can be asked' });
  });
});
