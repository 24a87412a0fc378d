// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect as connectPlain, createServer as createPlainServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { createTestAuthority, waitFor } from '@weir/testing';
import { afterEach, expect, it } from 'vitest';
import { sideFromStream } from '../tcp/splice-side.ts';
import { beginSplice } from './begin-splice.ts';

const NOTHING = Buffer.alloc(0);
const opened: (Server | Socket)[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) {
    if ('close' in one) one.close();
    else one.destroy();
  }
});

async function listen(server: Server): Promise<number> {
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

it('tells the endpoint of a client of TLS that had said all before there was one', async () => {
  const { certificatePem, keyPem } = await (await createTestAuthority('edge')).issue('shop.example');
  const front = createServer({ cert: certificatePem, key: keyPem, allowHalfOpen: true });
  const frontPort = await listen(front);
  const accepted = once(front, 'secureConnection');
  const below = connectPlain({ port: frontPort, host: '127.0.0.1', allowHalfOpen: true });
  const client = connect({ socket: below, rejectUnauthorized: false });
  opened.push(client);
  const [received] = (await accepted) as [TLSSocket];
  const side = sideFromStream(received);
  client.end();
  await waitFor(() => received.readableEnded, { what: 'the end of what the client says' });

  const endpoint = createPlainServer({ allowHalfOpen: true }, socket => socket.resume().on('end', () => socket.end('bye')));
  const socket = connectPlain({ port: await listen(endpoint), host: '127.0.0.1', allowHalfOpen: true });
  opened.push(socket);
  await once(socket, 'connect');
  beginSplice({ side, words: NOTHING }, { side: sideFromStream(socket), words: NOTHING });

  const [bytes] = (await once(client, 'data')) as [Buffer];
  expect(bytes.toString('latin1')).toBe('bye');
});
