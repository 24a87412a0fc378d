// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { connectRaw } from '@weir/testing';
import type { ClientOptions, KeyPair, UpstreamScript } from '@weir/testing';

/** Says its name, then repeats all that it hears, and ends when its peer has. */
export function repeating(name: string): UpstreamScript {
  return async connection => {
    await connection.send(`${name}:`);
    for (let bytes = await connection.reader.readSome(); bytes !== undefined; bytes = await connection.reader.readSome()) {
      await connection.send(bytes);
    }
  };
}

/** What a connection gets in all that says `text` and ends. Throws where it is refused or reset. */
export async function converse(at: ClientOptions, text: string): Promise<string> {
  await using client = await connectRaw(at);
  await client.send(text);
  client.endWriting();
  const { bytes, ending } = await client.readUntilClose();
  if (ending === 'reset') throw new Error(`reset after ${JSON.stringify(bytes.toString('latin1'))}`);
  return bytes.toString('latin1');
}

/** A TLS server on loopback. */
export interface TlsUpstream extends AsyncDisposable {
  readonly port: number;
}

/** Says its name over TLS, then repeats all that it hears. */
export async function startTlsRepeating(name: string, { certificatePem, keyPem }: KeyPair): Promise<TlsUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert: certificatePem, key: keyPem, allowHalfOpen: true }, socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
