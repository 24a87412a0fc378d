// SPDX-License-Identifier: Apache-2.0
import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { descriptorOf } from '../listen/socket-descriptor.ts';

const NOTHING = Buffer.alloc(0);
/** What the system answers for a connection that its peer broke off. */
const GONE: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/**
 * Whether the peer of a socket that is not being read has broken off its connection. Node says nothing of such a socket, as
 * it only sees a reset when it reads; an empty write sends nothing and tells. An orderly end behind unread bytes stays unseen.
 */
export function isResetByPeer(socket: Socket): boolean {
  // Where Node does not tell, nobody is taken to be gone.
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined) return false;
  try {
    writeSync(descriptor, NOTHING);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && GONE.has(error.code);
  }
}
