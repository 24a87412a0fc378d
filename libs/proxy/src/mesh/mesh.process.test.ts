// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import { connectRaw, createTestAuthority, http2Request, request, waitFor } from '@weir/testing';
import type { TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MeshCredentials } from './mesh-bench.ts';
import { callerResources, INBOUND, MeshBench, OUTBOUND, receiverResources, uriOf } from './mesh-bench.ts';

/** Answers with the header fields that it got. */
async function startApplication(): Promise<Server> {
  const server = createServer((incoming, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(incoming.headers));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function credentials(authority: TestAuthority, name: string): Promise<MeshCredentials> {
  return { ...(await authority.issue(name)), authoritiesPem: authority.certificatePem };
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}

describe('a call between two workloads', () => {
  let authority: TestAuthority;
  let application: Server;
  let caller: MeshBench;
  let receiver: MeshBench;

  beforeAll(async () => {
    authority = await createTestAuthority('weir test mesh');
  });

  beforeEach(async () => {
    application = await startApplication();
    caller = new MeshBench();
    receiver = new MeshBench();
    await caller.join(await credentials(authority, uriOf('shop/checkout')));
    await receiver.join(await credentials(authority, uriOf('shop/catalogue')));
  });

  afterEach(() => {
    caller.close();
    receiver.close();
    application.close();
  });

  interface Call {
    readonly identity?: string;
    readonly mode?: 'permissive' | 'strict';
    readonly protocol?: 'http1' | 'tcp';
  }

  /** A port of the caller's application. */
  async function connectBoth({ identity = 'shop/catalogue', mode = 'strict', protocol = 'http1' }: Call = {}): Promise<number> {
    await receiver.apply(...receiverResources(portOf(application), { mode, protocol }));
    const inbound = await receiver.listen(INBOUND);
    const endpoints = [{ address: '127.0.0.1', port: inbound, ...(identity === '' ? {} : { identity }) }];
    await caller.apply(...callerResources({ mode, protocol, endpoints }));
    return caller.listen(OUTBOUND);
  }

  async function call(port: number, headers: Record<string, string> = {}) {
    const { status, text } = await request({ port }, '/x', { headers });
    return { status, seen: status === 200 ? (JSON.parse(text) as IncomingHttpHeaders) : {} };
  }

  /** An exchange ends when its answer was written, which its client may see earlier. */
  function firstRequest(of = receiver): Promise<Exchange> {
    return waitFor(() => of.requests[0], { what: 'the end of a request' });
  }

  it('is mutual TLS, and both ends know who the other is', async () => {
    const { status } = await call(await connectBoth());
    expect(status).toBe(200);
    expect((await firstRequest()).downstream).toMatchObject({ peerIdentity: 'shop/checkout', isTls: true });
    expect((await firstRequest(caller)).served).toMatchObject({
      listener: 'mesh/shop/catalogue/80',
      backend: 'shop/catalogue:80',
    });
  });

  it('to an application that nobody can connect to is tried again by the caller, as if it did so itself', async () => {
    const port = await connectBoth();
    application.close();
    await once(application, 'close');
    const answer = await request({ port }, '/x');
    expect([answer.status, answer.header('weir-fault')]).toEqual([503, undefined]);
    await waitFor(() => receiver.requests.length === 2, { what: 'a second attempt of the caller' });
    expect(receiver.requests.map(({ fault }) => fault)).toEqual(['upstream_connect_failed', 'upstream_connect_failed']);
  });

  it('is refused where the endpoint is somebody else', async () => {
    const { status } = await call(await connectBoth({ identity: 'shop/orders' }));
    expect(status).toBe(502);
    expect(await firstRequest(caller)).toMatchObject({ fault: 'upstream_tls_failed' });
    expect((await firstRequest(caller)).faultDetail).toContain('the endpoint is shop/catalogue, wanted shop/orders');
    expect(receiver.requests).toEqual([]);
  });

  it('is refused where the caller is of another trust domain', async () => {
    const port = await connectBoth();
    await caller.join(await credentials(authority, uriOf('shop/checkout', 'elsewhere.test')));
    expect((await call(port)).status).toBeGreaterThanOrEqual(500);
    expect(receiver.refusals).toMatchObject([{ fault: 'peer_refused' }]);
  });

  it('is refused where another authority vouches for the caller', async () => {
    const stranger = await createTestAuthority('somebody else');
    const port = await connectBoth();
    const { authoritiesPem } = await credentials(authority, 'x');
    await caller.join({ ...(await credentials(stranger, uriOf('shop/checkout'))), authoritiesPem });
    expect((await call(port)).status).toBeGreaterThanOrEqual(500);
    await waitFor(() => receiver.refusals.length > 0, { what: 'a refusal' });
    expect(receiver.refusals).toMatchObject([{ fault: 'peer_refused', faultDetail: expect.stringContaining('refused: ') }]);
    expect(receiver.requests).toEqual([]);
  });

  it('is not made before there is a certificate', async () => {
    const bare = new MeshBench();
    await receiver.apply(...receiverResources(portOf(application)));
    const endpoints = [{ address: '127.0.0.1', port: await receiver.listen(INBOUND), identity: 'shop/catalogue' }];
    await bare.apply(...callerResources({ endpoints }));
    expect((await call(await bare.listen(OUTBOUND))).status).toBe(503);
    expect(await firstRequest(bare)).toMatchObject({ fault: 'mesh_unavailable' });
    bare.close();
  });

  it('is never plaintext where the mode is strict, whatever the record says', async () => {
    expect((await call(await connectBoth({ identity: '' }))).status).toBe(503);
    expect(await firstRequest(caller)).toMatchObject({ fault: 'mesh_unavailable' });
    expect(receiver.refusals).toEqual([]);
  });

  it('is plaintext in permissive mode to who has no sidecar', async () => {
    await caller.apply(...callerResources({ endpoints: [{ address: '127.0.0.1', port: portOf(application) }] }));
    expect((await call(await caller.listen(OUTBOUND))).status).toBe(200);
  });

  it('is HTTP/2 inside where the application speaks that', async () => {
    const streams = createHttp2Server();
    streams.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      stream.end('over two');
    });
    streams.listen(0, '127.0.0.1');
    await once(streams, 'listening');
    await receiver.apply(...receiverResources(portOf(streams), { mode: 'strict', protocol: 'http2' }));
    const endpoints = [{ address: '127.0.0.1', port: await receiver.listen(INBOUND), identity: 'shop/catalogue' }];
    await caller.apply(...callerResources({ mode: 'strict', protocol: 'http2', endpoints }));
    const response = await http2Request({ port: await caller.listen(OUTBOUND) }, '/x');
    expect([response.status, response.text]).toEqual([200, 'over two']);
    expect((await firstRequest()).protocol).toBe('HTTP/2');
    streams.close();
  });

  it('waits for what the Service needs, and no longer than it may', async () => {
    const asked: string[] = [];
    const arrival = Promise.withResolvers<undefined>();
    const late = new MeshBench({
      needService: service => {
        asked.push(service);
        return arrival.promise;
      },
    });
    await late.join(await credentials(authority, uriOf('shop/checkout')));
    await receiver.apply(...receiverResources(portOf(application), { mode: 'strict' }));
    const endpoints = [{ address: '127.0.0.1', port: await receiver.listen(INBOUND), identity: 'shop/catalogue' }];
    const [service, ...rest] = callerResources({ mode: 'strict', endpoints });
    await late.apply(...(service === undefined ? [] : [service]));
    const answer = call(await late.listen(OUTBOUND));
    await waitFor(() => asked.length > 0, { what: 'the question' });
    await late.apply(...rest);
    arrival.resolve(undefined);
    expect((await answer).status).toBe(200);
    expect(asked).toEqual(['mesh/shop/catalogue']);
    late.close();
  });

  it('is answered with 503 where nobody says what the Service needs', async () => {
    const words = 'the control plane does not say how to';
    const lonely = new MeshBench({ needService: () => Promise.reject(new Fault('mesh_unavailable', words)) });
    await lonely.join(await credentials(authority, uriOf('shop/checkout')));
    const [service] = callerResources({ mode: 'strict', endpoints: [] });
    await lonely.apply(...(service === undefined ? [] : [service]));
    expect((await call(await lonely.listen(OUTBOUND))).status).toBe(503);
    lonely.close();
  });

  it('is carried whole where the port is no HTTP', async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, socket => socket.pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    await receiver.apply(...receiverResources(portOf(echo), { mode: 'strict', protocol: 'tcp' }));
    const endpoints = [{ address: '127.0.0.1', port: await receiver.listen(INBOUND), identity: 'shop/catalogue' }];
    await caller.apply(...callerResources({ mode: 'strict', protocol: 'tcp', endpoints }));
    const socket = connect(await caller.listen(OUTBOUND), '127.0.0.1');
    socket.end('ping');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('ping');
    echo.close();
  });

  it.each(['caller', 'receiver'] as const)('ends with the certificate of the %s, whatever it carries', async whose => {
    const echo = createTcpServer({ allowHalfOpen: true }, socket => socket.on('error', () => undefined).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const [side, identity] = whose === 'caller' ? [caller, 'shop/checkout'] : [receiver, 'shop/catalogue'];
    await side.join({ ...(await authority.issueFor(3000, uriOf(identity))), authoritiesPem: authority.certificatePem });
    await receiver.apply(...receiverResources(portOf(echo), { mode: 'strict', protocol: 'tcp' }));
    const endpoints = [{ address: '127.0.0.1', port: await receiver.listen(INBOUND), identity: 'shop/catalogue' }];
    await caller.apply(...callerResources({ mode: 'strict', protocol: 'tcp', endpoints }));
    const socket = connect(await caller.listen(OUTBOUND), '127.0.0.1').on('error', () => undefined);
    socket.write('ping');
    await once(socket, 'data');
    await once(socket, 'close');
    echo.close();
  });

  describe('from outside the mesh', () => {
    it('is refused in plaintext where the mode is strict, and the log says who it was', async () => {
      await connectBoth();
      const inbound = await receiver.listen(INBOUND);
      await expect(request({ port: inbound }, '/x')).rejects.toThrow();
      expect(receiver.refusals).toMatchObject([{ fault: 'plaintext_refused', clientAddress: '127.0.0.1' }]);
    });

    it('is answered in plaintext where the mode is permissive, without an identity', async () => {
      await connectBoth({ mode: 'permissive' });
      const inbound = await receiver.listen(INBOUND);
      expect((await request({ port: inbound }, '/x')).status).toBe(200);
      expect((await firstRequest()).downstream.peerIdentity).toBeUndefined();
    });

    it('is answered, and has to connect anew for the next one, once the workload is to end; callers in the mesh stay', async () => {
      const outbound = await connectBoth({ mode: 'permissive' });
      await using stranger = await connectRaw({ port: await receiver.listen(INBOUND) });
      await stranger.send('GET /x HTTP/1.1\r\nHost: shop\r\n\r\n');
      const before = await stranger.readResponse();
      receiver.engine.partWithStrangers();
      await stranger.send('GET /x HTTP/1.1\r\nHost: shop\r\n\r\n');
      const after = await stranger.readResponse();
      expect([before.status, before.header('connection'), after.status, after.header('connection')]).toEqual([
        ...[200, undefined],
        ...[200, 'close'],
      ]);
      await stranger.readUntilClose();
      await call(outbound);
      await call(outbound);
      await waitFor(() => receiver.requests.length === 4, { what: 'all requests to end' });
      const [, , third, fourth] = receiver.requests.map(({ downstream }) => downstream);
      expect(third).toMatchObject({ peerIdentity: 'shop/checkout', remotePort: fourth?.remotePort });
    });

    it('is a whole handshake each time: no session is resumed', async () => {
      await connectBoth();
      const port = await receiver.listen(INBOUND);
      const { certificatePem: cert, keyPem: key } = await authority.issue(uriOf('shop/checkout'));
      const options = {
        ...{ port, host: '127.0.0.1', servername: '80.catalogue.shop.weir', cert, key, ca: authority.certificatePem },
        ...{ checkServerIdentity: () => undefined, ALPNProtocols: ['weir/1/http/1.1'] },
      };
      const first = connectTls(options);
      const sessions: Buffer[] = [];
      first.on('session', session => void sessions.push(session));
      first.write('GET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await once(first.resume(), 'close');
      const again = connectTls({ ...options, ...(sessions[0] === undefined ? {} : { session: sessions[0] }) });
      await once(again, 'secureConnect');
      expect(again.isSessionReused()).toBe(false);
      again.destroy();
    });

    it('is refused over TLS that is not of the mesh where the mode is strict', async () => {
      await connectBoth();
      const socket = connectTls({ port: await receiver.listen(INBOUND), host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'error');
      expect(receiver.refusals).toMatchObject([{ fault: 'peer_refused' }]);
    });

    it('is refused without a certificate, though it speaks as a sidecar does', async () => {
      await connectBoth();
      const socket = connectTls({
        ...{ port: await receiver.listen(INBOUND), host: '127.0.0.1', servername: '80.catalogue.shop.weir' },
        ...{ rejectUnauthorized: false, ALPNProtocols: ['weir/1/http/1.1'] },
      });
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
      let answer = '';
      socket.on('error', () => undefined).on('data', (bytes: Buffer) => (answer += bytes.toString()));
      await once(socket, 'close');
      expect(answer).toBe('');
      await waitFor(() => receiver.refusals.length > 0, { what: 'a refusal' });
      expect(receiver.refusals).toMatchObject([{ fault: 'peer_refused' }]);
      expect(receiver.requests).toEqual([]);
    });
  });

  describe('and what it says of clients', () => {
    const forged = Buffer.from(JSON.stringify({ client: '6.6.6.6', attempt: 1, identities: [], policies: [] })).toString(
      'base64url',
    );
    const forgery = { 'weir-context': forged, 'x-forwarded-user': 'admin', 'x-forwarded-client-cert': 'URI=admin' };

    it('is not believed of an application of the mesh', async () => {
      const { seen } = await call(await connectBoth(), forgery);
      expect(seen).not.toHaveProperty('weir-context');
      expect(seen).not.toHaveProperty('x-forwarded-user');
      expect(seen).not.toHaveProperty('x-forwarded-client-cert');
      expect((await firstRequest()).clientAddress).toBe('127.0.0.1');
    });

    it('is not believed in plaintext', async () => {
      await connectBoth({ mode: 'permissive' });
      const { seen } = await call(await receiver.listen(INBOUND), { ...forgery, 'weir-timeout-ms': '1' });
      expect(seen).not.toHaveProperty('weir-context');
      expect(seen).not.toHaveProperty('x-forwarded-user');
      expect(seen).not.toHaveProperty('x-forwarded-client-cert');
      expect(seen).not.toHaveProperty('weir-timeout-ms');
      expect((await firstRequest()).clientAddress).toBe('127.0.0.1');
    });

    it('is believed of a gateway alone, and goes no further than one hop', async () => {
      const { certificatePem: cert, keyPem: key } = await authority.issue(uriOf('weir-system/gateway'));
      await connectBoth();
      const socket = connectTls({
        ...{ port: await receiver.listen(INBOUND), host: '127.0.0.1', servername: '80.catalogue.shop.weir', cert, key },
        ...{ ca: authority.certificatePem, checkServerIdentity: () => undefined, ALPNProtocols: ['weir/1/http/1.1'] },
      });
      socket.write(`GET /x HTTP/1.1\r\nhost: x\r\nweir-context: ${forged}\r\nconnection: close\r\n\r\n`);
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).not.toContain('weir-context');
      expect((await firstRequest()).clientAddress).toBe('6.6.6.6');
    });
  });
});
