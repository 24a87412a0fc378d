// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A connection that a recorder carried. */
export interface RecordedConnection {
  /** All that its client sent so far, and all that it got. */
  sent: Buffer;
  received: Buffer;
}

/** A port of loopback that carries every connection on to another one, and keeps what goes by. */
export interface WireRecorder extends AsyncDisposable {
  readonly port: number;
  /** Those over which both sides have said something. */
  readonly conversations: readonly RecordedConnection[];
}

/** Starts one in front of a port of loopback; `port` 0 = any free one. */
export async function startWireRecorder(target: number, port = 0): Promise<WireRecorder> {
  const connections: RecordedConnection[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const record: RecordedConnection = { sent: Buffer.alloc(0), received: Buffer.alloc(0) };
    connections.push(record);
    const origin = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    carry(client, origin, bytes => (record.sent = Buffer.concat([record.sent, bytes])));
    carry(origin, client, bytes => (record.received = Buffer.concat([record.received, bytes])));
    for (const socket of [client, origin]) sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get conversations() {
      return connections.filter(({ sent, received }) => sent.length > 0 && received.length > 0);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One direction; what breaks on one side breaks on the other. */
function carry(from: Socket, to: Socket, keep: (bytes: Buffer) => void): void {
  from.on('data', keep);
  from.pipe(to);
  from.on('error', () => to.destroy());
}
