// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { Random } from '@weir/base';

/** What a server appends to a client's key before it hashes it (RFC 6455 §1.3). */
const SERVER_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY_BYTES = 16;

/** A key for a handshake of HTTP/1.1, where the client's own protocol has none (RFC 8441 §5). */
export function createWebSocketKey(random: Random): string {
  return Buffer.from(random.hex(KEY_BYTES), 'hex').toString('base64');
}

/** What the server's `sec-websocket-accept` has to be for a client's key (RFC 6455 §4.2.2). */
export function acceptFromKey(key: string): string {
  return createHash('sha1')
    .update(key + SERVER_SUFFIX, 'latin1')
    .digest('base64');
}

/** Whether an Upgrade field names WebSocket and nothing else: of several protocols the server may choose one that is not ours. */
export function isWebSocketUpgrade(upgrade: string | undefined): boolean {
  return upgrade?.toLowerCase() === 'websocket';
}
