// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';

/** Why a handshake failed: OpenSSL's reason without its place in the sources. */
export function tlsFaultOf(error: Error): Fault {
  if (error instanceof Fault) return error;
  const reason: unknown = Reflect.get(error, 'reason');
  return new Fault('tls_handshake_failed', typeof reason === 'string' ? reason : error.message, { cause: error });
}
