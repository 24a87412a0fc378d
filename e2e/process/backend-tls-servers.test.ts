// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Client, credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { handleBidiStreamingCall, handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { connectRaw, createTestAuthority, findFreePorts, request, requestText, startWeir, waitFor } from '@weir/testing';
import type { RawResponse, TestAuthority, TestDocument, Weir } from '@weir/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { backend, configMap, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { startNginx, startOpensslServer } from './stage/other-servers.ts';
import { isMissing } from './stage/commands.ts';
import type { OtherServer, TlsFiles } from './stage/other-servers.ts';
import { serviceThat, tlsPolicy } from './stage/tls-backend.ts';

// TLS and PROXY headers towards servers that nobody here wrote.

let backends: TestAuthority;
let gateways: TestAuthority;
let files: TlsFiles;
let weir: Weir;
let port = 0;
const others: OtherServer[] = [];
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  [backends, gateways] = await Promise.all([createTestAuthority('backends'), createTestAuthority('gateways')]);
  files = { pair: await backends.issue('backend.test'), clientAuthorityPem: gateways.certificatePem };
});

afterEach(async () => {
  await weir[Symbol.asyncDispose]();
  for (const close of closing.splice(0).reverse()) await close();
  await Promise.all(others.splice(0).map(other => other[Symbol.asyncDispose]()));
});

interface StartOptions {
  /** Whether the Gateway has a certificate to show. */
  readonly isNamed?: boolean;
}

/** A Gateway before these documents. */
async function start(documents: readonly TestDocument[], { isNamed = true }: StartOptions = {}): Promise<Weir> {
  [port = 0] = await findFreePorts(1);
  const tls = isNamed ? { tls: { backend: { clientCertificateRef: { name: 'gateway' } } } } : {};
  weir = await startWeir(
    [
      configMap('backends', { 'ca.crt': backends.certificatePem }),
      tlsSecret('gateway', await gateways.issue('weir.test')),
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port }], tls),
      ...documents,
    ],
    { flags: ['--workers', '1'] },
  );
  return weir;
}

function ask(path = '/'): Promise<RawResponse> {
  return request({ port }, path);
}

describe.skipIf(isMissing('nginx', '-v'))('nginx (skipped where it is not installed)', () => {
  it('verifies the certificate of the Gateway, and is asked for by the name of the policy', async () => {
    const nginx = await startNginx(files, 'ssl', '$ssl_server_name $ssl_client_verify $ssl_client_s_dn');
    others.push(nginx);
    await start([...service('main', [nginx.port]), tlsPolicy('main'), route('all', [forward('/', 'main')])]);

    expect((await ask()).text).toBe('backend.test SUCCESS CN=weir.test');
  });

  it('refuses requests without a certificate, in its own words', async () => {
    const nginx = await startNginx(files, 'ssl', 'never');
    others.push(nginx);
    await start([...service('main', [nginx.port]), tlsPolicy('main'), route('all', [forward('/', 'main')])], {
      isNamed: false,
    });

    const response = await ask();

    expect(response.status).toBe(400);
    expect(response.text).toContain('No required SSL certificate was sent');
  });

  const EXPRESSION = '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_port $connection';
  it.each([
    ['v1', 'proxy_protocol'],
    ['v2', 'proxy_protocol'],
    ['v1', 'ssl proxy_protocol'],
    ['v2', 'ssl proxy_protocol'],
  ])('takes the client from our PROXY header in %s, on `listen %s`', async (version, parameters) => {
    const nginx = await startNginx(files, parameters, EXPRESSION);
    others.push(nginx);
    const documents = serviceThat('main', nginx.port, { annotations: { 'weir.dev/proxy-protocol': version } });
    const policies = parameters.includes('ssl') ? [tlsPolicy('main')] : [];
    await start([...documents, ...policies, route('all', [forward('/', 'main')])]);
    await using first = await connectRaw({ port });
    await using second = await connectRaw({ port });
    const connections = new Set<string | undefined>();

    for (const client of [first, second, first, second]) {
      const { text } = await client.exchange(requestText('/'));
      const [address, clientPort, serverPort, connection] = text.split(' ');
      expect([address, clientPort, serverPort]).toEqual(['127.0.0.1', String(client.socket.localPort), String(port)]);
      connections.add(connection);
    }

    expect(connections.size).toBe(2);
  });
});

describe.skipIf(isMissing('openssl', 'version'))('openssl s_server (skipped where it is not installed)', () => {
  it.each(['-tls1_2', '-tls1_3'])('sees the certificate of the Gateway: %s', async version => {
    const openssl = await startOpensslServer(files, [version]);
    others.push(openssl);
    await start([...service('main', [openssl.port]), tlsPolicy('main'), route('all', [forward('/', 'main')])]);

    const { text } = await ask();

    expect(text).toContain('Client certificate');
    expect(text).toContain('CN=weir.test');
  });

  it.each([
    ['-tls1_2', 'upstream_tls_failed', 'handshake failure'],
    ['-tls1_3', 'upstream_reset', 'certificate required'],
  ])('refuses a Gateway without one, and says so in the log: %s', async (version, fault, words) => {
    const openssl = await startOpensslServer(files, [version]);
    others.push(openssl);
    const started = await start([...service('main', [openssl.port]), tlsPolicy('main'), route('all', [forward('/', 'main')])], {
      isNamed: false,
    });

    expect((await ask()).status).toBe(502);
    await waitFor(() => started.accessLog.length > 0, { what: 'the record' });
    expect(started.accessLog.at(-1)).toMatchObject({ fault, fault_detail: expect.stringContaining(words) });
  });
});

describe('a gRPC server of grpc-js with TLS', () => {
  const bytes = (value: Buffer): Buffer => value;
  const kinds = { requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
  const DEFINITION: ServiceDefinition = {
    unary: { path: '/shop.Stock/Unary', requestStream: false, responseStream: false, ...kinds },
    chat: { path: '/shop.Stock/Chat', requestStream: true, responseStream: true, ...kinds },
  };

  async function serveGrpc(): Promise<number> {
    const unary: handleUnaryCall<Buffer, Buffer> = (call, done) => {
      const subject = call.getAuthContext().sslPeerCertificate?.subject.CN ?? 'nobody';
      const edge = call.metadata.get('x-edge').join();
      done(null, Buffer.from(`${call.request.toString()} from ${String(subject)} at ${edge}`));
    };
    const chat: handleBidiStreamingCall<Buffer, Buffer> = call => {
      call.on('data', (part: Buffer) => call.write(part));
      call.on('end', () => call.end());
    };
    const server = new Server();
    closing.push(() => server.forceShutdown());
    server.addService(DEFINITION, { unary, chat });
    const pair = { cert_chain: Buffer.from(files.pair.certificatePem), private_key: Buffer.from(files.pair.keyPem) };
    const secure = ServerCredentials.createSsl(Buffer.from(files.clientAuthorityPem), [pair], true);
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', secure, (error, at) => (error ? reject(error) : resolve(at)));
    });
  }

  function connectGrpc(): Client {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    closing.push(() => client.close());
    return client;
  }

  function grpcDocuments(at: number, policy: TestDocument): readonly TestDocument[] {
    const requestHeaderModifier = { set: [{ name: 'X-Edge', value: 'edge' }] };
    const rules: readonly Fields[] = [
      { name: 'stock', filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier }], backendRefs: [backend('stock')] },
    ];
    return [
      ...service('stock', [at]),
      policy,
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GRPCRoute',
        metadata: { name: 'stock', namespace: 'default' },
        spec: { parentRefs: [{ name: 'edge' }], rules },
      },
    ];
  }

  it('gets calls over HTTP/2, and knows the Gateway', async () => {
    await start(grpcDocuments(await serveGrpc(), tlsPolicy('stock')));
    const answer = await new Promise((resolve, reject) => {
      connectGrpc().makeUnaryRequest('/shop.Stock/Unary', bytes, bytes, Buffer.from('hello'), (error, value) => {
        if (error === null) resolve(value?.toString());
        else reject(error);
      });
    });

    expect(answer).toBe('hello from weir.test at edge');
    await waitFor(() => weir.accessLog.length > 0, { what: 'the record' });
    expect(weir.accessLog.at(-1)).toMatchObject({ rule: 'stock', backend: 'default/stock:80', status: 200 });
  });

  it('streams both ways', async () => {
    await start(grpcDocuments(await serveGrpc(), tlsPolicy('stock')));
    const call = connectGrpc().makeBidiStreamRequest('/shop.Stock/Chat', bytes, bytes);
    const parts: string[] = [];
    call.on('data', (part: Buffer) => parts.push(part.toString()));
    for (const text of ['one', 'two', 'x'.repeat(300_000)]) {
      call.write(Buffer.from(text));
      await waitFor(() => parts.at(-1) === text, { what: 'the echo' });
    }
    call.end();
    const [{ code }] = (await once(call, 'status')) as [{ code: status }];

    expect(code).toBe(status.OK);
  });

  it('gets no calls where it is not whom the policy means; they are UNAVAILABLE', async () => {
    await start(grpcDocuments(await serveGrpc(), tlsPolicy('stock', { hostname: 'other.test' })));
    const error = await new Promise(resolve => {
      connectGrpc().makeUnaryRequest('/shop.Stock/Unary', bytes, bytes, Buffer.from('hello'), resolve);
    });

    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('upstream_tls_failed') });
  });
});

describe('a WebSocket server behind a port of kubernetes.io/wss', () => {
  async function serveWebSocket(): Promise<HttpsServer> {
    const server = createServer({ cert: files.pair.certificatePem, key: files.pair.keyPem });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', socket =>
      socket.on('message', (data: RawData, isBinary) => socket.send(data, { binary: isBinary })),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
    });
    return server;
  }

  it('is reached over TLS', async () => {
    const { port: at } = (await serveWebSocket()).address() as AddressInfo;
    const documents = serviceThat('chat', at, { appProtocol: 'kubernetes.io/wss' });
    await start([...documents, tlsPolicy('chat'), route('all', [forward('/', 'chat')])]);
    const socket = new WebSocket(`ws://localhost:${port}/`);
    closing.push(() => socket.terminate());
    await once(socket, 'open');

    for (const text of ['hello', 'x'.repeat(3_000_000)]) {
      socket.send(text);
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.toString() === text).toBe(true);
    }
    socket.close(4321, 'done');
    expect((await once(socket, 'close'))[0]).toBe(4321);
  });
});
