// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net';

/**
 * The accepted socket below a TLS socket of Node's server: it knows its peer when the TLS socket, whose handshake failed, does not.
 * Undefined where Node keeps it elsewhere than expected.
 */
export function socketBelow(secure: unknown): Socket | undefined {
  const below: unknown = typeof secure === 'object' && secure !== null ? Reflect.get(secure, '_parent') : undefined;
  return below instanceof Socket ? below : undefined;
}
