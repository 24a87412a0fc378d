// SPDX-License-Identifier: Apache-2.0
import { createSecureContext } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import type { Credential } from '../keeper/credential.ts';
import { PEER_PROTOCOL } from './peer-protocol.ts';

/** What both sides of a connection in the mesh are made with. */
export interface PeerTlsOptions extends SecureContextOptions {
  /** Asks clients for a certificate. */
  readonly requestCert: true;
  /** Nobody gets in whose chain does not end at a root of the bundle. */
  readonly rejectUnauthorized: true;
}

/**
 * Options for `tls.createServer` and `http2.createSecureServer`, and the base of those for a client (`peerClientOptions`). TLS 1.3 with the
 * bundle's roots and no others.
 *
 * Inspecting or serialising them does not show the key; a copy (`{...options}`) does.
 */
export function peerTlsOptions(credential: Credential, bundle: TrustBundle): PeerTlsOptions {
  const options: PeerTlsOptions = {
    cert: credential.chainPem,
    ca: bundle.roots.map(root => root.toString()),
    ...PEER_PROTOCOL,
    requestCert: true,
    rejectUnauthorized: true,
  };
  return Object.defineProperties(options, {
    key: { enumerable: true, get: () => credential.exposeKeyPem() },
    toJSON: { enumerable: false, value: () => ({ ...options, key: '[private key]' }) },
  });
}

/** The same as one context, for connections that are made one by one: making it takes a millisecond, so once for each leaf and bundle. */
export function createPeerContext(credential: Credential, bundle: TrustBundle): SecureContext {
  return createSecureContext(peerTlsOptions(credential, bundle));
}
