// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { systemClock } from '@weir/base';
import { createTestAuthority, waitFor } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialEndpoint } from '../tcp/dial-endpoint.ts';
import { openAccepted } from '../tcp/splice-side.ts';
import { beginSplice } from './begin-splice.ts';
import { detectProtocol } from './detect-protocol.ts';
import type { Detected } from './detection.ts';
import { ServerFirstPorts } from './server-first-ports.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
let detected: Detected[];

beforeEach(() => {
  detected = [];
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  sockets.clear();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port whose connections are detected, and carried to an endpoint; HTTP is answered with what was read of it until it is complete. */
async function front(endpointPort: number): Promise<number> {
  const host = {
    clock: systemClock,
    serverFirst: new ServerFirstPorts(systemClock),
    onDetected: (each: Detected) => void detected.push(each),
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted => {
    const source = openAccepted(accepted);
    sockets.add(source.socket.on('error', () => undefined));
    detectProtocol(
      source,
      {
        ...{ declared: 'detect', port: 8080, subject: 'a:8080', tlsGraceMs: undefined },
        dial: handler =>
          dialEndpoint(
            { endpoint: { address: '127.0.0.1', port: endpointPort }, proxyHeader: undefined, tls: undefined },
            handler,
          ),
      },
      {
        host,
        handler: {
          onHttp: ({ protocol, pending }) => {
            let head = pending.toString('latin1');
            const answer = (): unknown => head.endsWith('\r\n\r\n') && source.socket.end(`${protocol} ${head.length}`);
            source.listen(bytes => {
              head += bytes.toString('latin1');
              answer();
            });
            answer();
            source.socket.resume();
          },
          onStream: ({ pending, upstream }) =>
            upstream?.take({
              onConnected: endpoint => {
                endpoint.side.socket.on('error', () => source.socket.destroy());
                beginSplice({ side: source.spliced(), words: pending }, endpoint);
              },
              onFailed: () => source.socket.resetAndDestroy(),
            }),
          onFailed: () => source.socket.resetAndDestroy(),
        },
      },
    );
  });
  return listen(server);
}

function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }).on('error', () => undefined);
  sockets.add(socket);
  return socket;
}

/** All that comes. Node's consumers would destroy the socket at the end, with what is still to be said. */
async function heardBy(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => void chunks.push(bytes));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

const understood = (): readonly string[] => detected.map(({ protocol, by }) => `${protocol} by ${by}`);

describe('detection on real sockets', () => {
  it.each([
    ['http1', 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['http2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('reads %s that comes byte by byte', async (protocol, head) => {
    const client = dial(await front(await listen(createServer())));
    await once(client, 'connect');
    for (const letter of head) await new Promise(resolve => void client.write(letter, resolve));
    expect(await text(client)).toBe(`${protocol} ${head.length}`);
  });

  it('lets TLS of the applications through, however it is cut', async () => {
    const authority = await createTestAuthority('weir test');
    const { certificatePem: cert, keyPem: key } = await authority.issue('db.shop');
    const endpoint = await listen(createTlsServer({ cert, key }, socket => void socket.end('hello')));
    const port = await front(endpoint);
    // Hands each byte on by itself.
    const slicer = await listen(
      createServer({ allowHalfOpen: true }, near => {
        const far = dial(port);
        near.on('data', (bytes: Buffer) => {
          for (const byte of bytes) far.write(Buffer.from([byte]));
        });
        near.on('end', () => far.end());
        far.pipe(near);
      }),
    );
    const client = connectTls({ port: slicer, host: '127.0.0.1', servername: 'db.shop', ca: authority.certificatePem });
    sockets.add(client);

    expect(await text(client)).toBe('hello');
    expect(understood()).toStrictEqual(['tls by client']);
  });

  it('lets a server speak first, and the next time without a look', async () => {
    const endpoint = await listen(
      createServer({ allowHalfOpen: true }, socket => {
        socket.write('220 hello\r\n');
        void heardBy(socket).then(bytes => socket.end(`heard ${bytes.toString()}`));
      }),
    );
    const port = await front(endpoint);
    for (let i = 0; i < 2; i++) {
      const client = dial(port);
      let heard = '';
      client.on('data', bytes => (heard += String(bytes)));
      await waitFor(() => heard === '220 hello\r\n', { what: 'the greeting' });
      client.end('QUIT');
      await once(client, 'end');
      expect(heard).toBe('220 hello\r\nheard QUIT');
    }
    expect(understood()).toStrictEqual(['opaque by server', 'opaque by learned']);
  });

  it('loses nothing of what both say at once', async () => {
    const [there, back] = [randomBytes(8_000_000), randomBytes(8_000_000)];
    const heard: Buffer[] = [];
    const endpoint = await listen(
      createServer({ allowHalfOpen: true }, socket => {
        socket.end(back);
        void heardBy(socket).then(bytes => heard.push(bytes));
      }),
    );
    // Nothing of HTTP or TLS begins with it.
    there[0] = 0;
    back[0] = 0xff;
    const client = dial(await front(endpoint));
    client.end(there);

    expect((await buffer(client)).equals(back)).toBe(true);
    expect((await waitFor(() => heard[0], { what: 'the end of what the client says' })).equals(there)).toBe(true);
  });

  it('keeps two that are silent connected', async () => {
    const taken: Socket[] = [];
    const client = dial(await front(await listen(createServer(socket => void taken.push(socket)))));
    const endpoint = await waitFor(() => taken[0], { what: 'the endpoint to be dialled' });
    expect([client.readyState, endpoint.readyState, detected]).toStrictEqual(['open', 'open', []]);
    endpoint.write('at last');
    expect(String((await once(client, 'data'))[0])).toBe('at last');
  });

  it('resets a silent client whose endpoint is not there', async () => {
    const closed = createServer();
    const endpoint = await listen(closed);
    closed.close();
    const client = dial(await front(endpoint));
    const [error] = await once(client, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });
});
