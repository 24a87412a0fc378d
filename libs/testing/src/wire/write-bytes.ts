// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/** Writes bytes and resolves when the socket has handed them to the kernel, so that the next write is a packet of its own. */
export function writeBytes(socket: Socket, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, error => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Destroys a socket, and resolves when it is closed. */
export function closeSocket(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise(resolve => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
