// SPDX-License-Identifier: Apache-2.0
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createTestAuthority, request, waitFor } from '@weir/testing';
import type { TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CapturedStage, listening, SERVICE_ADDRESS } from './captured-stage.ts';
import type { CapturedOptions } from './captured-stage.ts';

const REGISTERED = { settings: { unknownDestinations: 'registered' } } as const;

let authority: TestAuthority;
let stage: CapturedStage;
let application: Server;
let proxy: number;

beforeAll(async () => {
  authority = await createTestAuthority('weir test mesh');
});

beforeEach(() => {
  stage = new CapturedStage(async uri => ({ ...(await authority.issue(uri)), authoritiesPem: authority.certificatePem }));
});

afterEach(() => {
  stage.close();
  application.close();
});

async function serve(server: Server, options: CapturedOptions = {}): Promise<void> {
  application = await listening(server);
  await stage.open(application, options);
  proxy = await stage.caller.listen({ kind: 'proxy' });
}

function serveHttp(options: CapturedOptions = {}): Promise<void> {
  const server = createHttpServer((incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`));
  return serve(server, options);
}

function serveGreeting(options: CapturedOptions = {}): Promise<void> {
  const greet = (socket: Socket): void => void socket.on('error', () => undefined).end('220 hello\r\n');
  return serve(createServer(greet), options);
}

/** What comes after CONNECT, when these words follow its answer. */
async function connected(target: string, words = ''): Promise<string> {
  const socket = connect({ port: proxy, host: '127.0.0.1' });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) {
      if (chunks.length === 0 && words !== '') socket.write(words);
      chunks.push(chunk as Buffer);
    }
  } catch {
    chunks.push(Buffer.from('reset'));
  }
  return Buffer.concat(chunks).toString('latin1');
}

function ownPort(): number {
  return (application.address() as AddressInfo).port;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';
const REQUEST = 'GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';

describe('CONNECT', () => {
  it.each(['catalogue:80', 'catalogue.shop:80', 'catalogue.shop.svc.cluster.local:80', `${SERVICE_ADDRESS}:80`])(
    'to %s is a call to the Service',
    async target => {
      await serveHttp();
      expect(await connected(target, REQUEST)).toMatch(
        /^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK[^]*a\.test \/x/,
      );
      await waitFor(() => stage.receiver.requests.length === 1, { what: 'the end of the request' });
      expect(stage.receiver.requests).toMatchObject([{ downstream: { peerIdentity: 'shop/checkout' } }]);
    },
  );

  it('hears a server that speaks first', async () => {
    await serveGreeting();
    expect(await connected('catalogue:80')).toBe(`${ESTABLISHED}220 hello\r\n`);
  });

  it.each(['localhost', '127.0.0.1', '[::ffff:127.0.0.1]'])('goes outside where that is allowed (%s)', async host => {
    await serveGreeting();
    expect(await connected(`${host}:${ownPort()}`)).toBe(`${ESTABLISHED}220 hello\r\n`);
    await waitFor(() => stage.caller.streams.length > 0, { what: 'the end of the stream' });
    expect(stage.caller.streams).toMatchObject([{ served: { backend: 'outside' } }]);
  });

  it.each([
    ['an unknown destination', () => `127.0.0.1:${ownPort()}`, 403],
    ['a port that the Service does not have', () => 'catalogue:81', 403],
    ['no port at all', () => 'catalogue', 400],
  ])('to %s is told so', async (_what, target, status) => {
    await serveGreeting(REGISTERED);
    expect(await connected(target())).toMatch(new RegExp(String.raw`^HTTP/1\.1 ${status} .*\r\n[^]*"status":${status}`));
    expect(stage.caller.refusals).toHaveLength(1);
  });
});

describe('a request by way of the proxy', () => {
  const ask = async (url: string): Promise<readonly [number, string]> => {
    const { status, text } = await request({ port: proxy }, url);
    return [status, text];
  };

  it('goes to the Service that its target names', async () => {
    await serveHttp();
    expect(await ask('http://catalogue.shop/x')).toEqual([200, 'catalogue.shop /x']);
    expect(stage.caller.requests).toMatchObject([{ served: { listener: 'mesh/shop/catalogue/80' } }]);
  });

  it.each(['localhost', '127.0.0.1'])('goes outside where that is allowed (%s)', async host => {
    await serveHttp();
    expect(await ask(`http://${host}:${ownPort()}/x`)).toEqual([200, `${host}:${ownPort()} /x`]);
    expect(stage.caller.requests).toMatchObject([{ served: { backend: 'outside', endpoint: `127.0.0.1:${ownPort()}` } }]);
    expect(stage.receiver.requests).toEqual([]);
  });

  it('is refused outside where destinations are registered', async () => {
    await serveHttp(REGISTERED);
    expect(await ask(`http://127.0.0.1:${ownPort()}/x`)).toContain(403);
    expect(stage.caller.requests).toMatchObject([{ fault: 'destination_refused' }]);
  });

  it('cannot go past the rules of a Service by its address', async () => {
    await serveHttp();
    expect(await ask(`http://${SERVICE_ADDRESS}/x`)).toContain(403);
  });
});
