// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { PortAddress } from '@weir/proxy';

const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Root, intermediate, leaf, and one more. */
const MAX_CHAIN = 4;

/**
 * The root certificate (PEM) that a control plane shows, if it is the one with this SHA-256 (lower-case hex of its DER): who joins knows
 * nothing else of the mesh yet. Nothing is sent before it is found. Throws where it is another one.
 */
export async function fetchPinnedRoot({ address, port }: PortAddress, rootSha256: string): Promise<string> {
  // The chain is looked at here: what it has to end in is known, and nothing else is believed.
  const socket = connect({ host: address, port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] });
  socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy(new Error('the control plane does not answer')));
  try {
    await once(socket, 'secureConnect');
    const root = findRoot(socket.getPeerX509Certificate(), rootSha256);
    if (root === undefined) throw new Error(MISMATCH);
    return root.toString();
  } finally {
    socket.destroy();
  }
}

const MISMATCH =
  'the control plane does not show the root that the join token was made for: the token is of another mesh, or somebody stands between';

function findRoot(leaf: X509Certificate | undefined, rootSha256: string): X509Certificate | undefined {
  let certificate = leaf;
  for (let depth = 0; certificate !== undefined && depth < MAX_CHAIN; depth++) {
    if (certificate.fingerprint256.replaceAll(':', '').toLowerCase() === rootSha256) return certificate;
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}
