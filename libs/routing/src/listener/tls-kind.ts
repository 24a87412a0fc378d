// SPDX-License-Identifier: Apache-2.0
import type { Listener, Port } from '@weir/policy/snapshot';

/** The kind of listeners whose connections go on as they came. */
export const PASSTHROUGH_KIND = 'passthrough';

/**
 * What has to be equal for listeners of a TLS port to share one acceptor: Node takes the least version, the ciphers and the
 * protocols (ALPN) of a whole server, and not of a server name's context.
 */
export function tlsKindOf({ protocol, tls }: Listener): string {
  if (tls?.mode === 'passthrough') return PASSTHROUGH_KIND;
  return `${protocol} ${tls?.minVersion ?? ''} ${tls?.ciphers ?? ''}`;
}

/**
 * Whether one acceptor does for all of a TLS port, so that TLS itself tells the server name. Then a client that sends none gets
 * the first certificate; elsewhere the listener without hostname takes it, and where there is none it is refused.
 */
export function hasOneTlsKind({ listeners }: Port): boolean {
  const kinds = new Set(listeners.map(tlsKindOf));
  return kinds.size === 1 && listeners.every(({ protocol }) => protocol === 'HTTPS');
}
