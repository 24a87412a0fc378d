// SPDX-License-Identifier: Apache-2.0
import { socketBelow } from './socket-below.ts';

/** A fatal alert (RFC 6066 §3, RFC 8446 §6.2), in a record of the version that everybody reads. */
export const UNRECOGNIZED_NAME: Buffer = Buffer.from([21, 3, 1, 0, 2, 2, 112]);

/**
 * Tells a client that nobody here has its server name, before Node closes the connection, which it does without a word.
 * `secure`: the TLS socket in whose handshake the name came; nothing of it was answered yet, so that the alert goes in plaintext.
 * Where Node keeps the socket below it elsewhere than expected, the connection just ends.
 */
export function sendUnrecognizedName(secure: unknown): void {
  const below = socketBelow(secure);
  if (below?.writable === true) below.write(UNRECOGNIZED_NAME);
}
