// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import type { ConnectionOptions, PeerCertificate, SecureContext } from 'node:tls';
import { checkLeaf } from '../verify/check-leaf.ts';
import type { Expectation } from '../verify/check-leaf.ts';
import type { Refusal } from '../verify/refusal.ts';

/** What `tls.connect` fails with when the server is not the peer that was asked for. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`the peer is refused: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

/**
 * What `tls.connect` needs to reach exactly the expected peer, besides host, port and ALPN: nothing is sent to another one. `context` is
 * one of `createPeerContext`.
 */
export function peerClientOptions(context: SecureContext, expectation: Expectation): ConnectionOptions {
  return {
    secureContext: context,
    rejectUnauthorized: true,
    checkServerIdentity: peerCheck(expectation),
  };
}

/** For clients that make their context themselves: refuses every server but the expected peer, whatever its name. */
export function peerCheck(expectation: Expectation): NonNullable<ConnectionOptions['checkServerIdentity']> {
  return (_host, peer) => checkServer(peer, expectation);
}

/** Node asks once the chain is verified. */
function checkServer({ raw }: PeerCertificate, expectation: Expectation): PeerRefused | undefined {
  const found = checkLeaf(new X509Certificate(raw), expectation);
  return found.isTrusted ? undefined : new PeerRefused(found);
}
