// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';

/**
 * Why requests cannot go to a backend over a plain connection, which is all that pools of HTTP open; undefined = they can. What
 * asks for TLS never gets plaintext (BackendTLSPolicy), and who expects a PROXY header would read a client's bytes as one.
 */
export function whyNotPlain({ label, tls, proxyProtocol }: Pick<Backend, 'label' | 'proxyProtocol' | 'tls'>): string | undefined {
  if (tls !== undefined) return `${label} is to be reached over TLS, which HTTP requests cannot do yet`;
  return proxyProtocol === undefined ? undefined : `${label} expects a PROXY header, which HTTP requests cannot send yet`;
}
