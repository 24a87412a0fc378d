// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/**
 * Ends a connection so that its peer cannot take it for an orderly end. TLS has no reset of its own: without its closing alert, the
 * end of TCP is an error to the peer as well (RFC 8446 §6.1).
 */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return;
  socket.on('error', () => undefined);
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
