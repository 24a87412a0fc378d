// SPDX-License-Identifier: Apache-2.0
import { createSecureContext } from 'node:tls';

/** What every runtime has. */
const CLASSIC_GROUPS = 'X25519:prime256v1';
/** X25519 together with ML-KEM-768 (FIPS 203): what is recorded today stays secret from a quantum computer. OpenSSL 3.5 has it. */
const HYBRID_GROUP = 'X25519MLKEM768';

/** Key exchange between peers, the preferred one first; with the hybrid where this runtime offers it. */
export const PEER_GROUPS = isOffered(HYBRID_GROUP) ? `${HYBRID_GROUP}:${CLASSIC_GROUPS}` : CLASSIC_GROUPS;

/** `crypto.getCurves` lists no hybrids, so it is tried. */
function isOffered(group: string): boolean {
  try {
    createSecureContext({ ecdhCurve: group });
    return true;
  } catch {
    return false;
  }
}
