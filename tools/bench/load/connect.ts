// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { routeTarget } from './route-paths.ts';

/** A connection to loopback that its user closes. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  // Its end is seen by its closing; a reset is no reason to end the bench.
  socket.on('error', () => socket.destroy());
  return socket;
}

/** The same over TLS, a new session each time, with whatever certificate the gateway shows. */
export async function openTlsSocket(
  port: number,
  { serverName, alpn }: { readonly serverName: string; readonly alpn: string },
): Promise<TLSSocket> {
  const options = { servername: serverName, ALPNProtocols: [alpn], rejectUnauthorized: false };
  const socket = connectTls({ port, host: '127.0.0.1', ...options });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  return socket;
}

const HEAD_END = '\r\n\r\n';

/** What a server says that speaks only when it is spoken to, up to the end of a head of HTTP/1.1. */
export function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes(HEAD_END)) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(head);
    };
    const onClose = (): void => {
      reject(new Error(`the connection was closed before an answer was complete: ${head}`));
    };
    socket.on('data', onData);
    socket.on('close', onClose);
  });
}

/** One request of HTTP/1.1, whose answer is small and comes in one piece. Throws when it is refused. */
export async function askOnce(socket: Socket, host: string): Promise<void> {
  socket.write(`GET ${routeTarget(0)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const answer = await readHead(socket);
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`an unexpected answer: ${answer}`);
}
