// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';

/** Leaf, four authorities below the root, root: more than any real hierarchy has. */
const MAX_PATH = 6;

/**
 * The certificates from the leaf to one of the roots, each signed by the next; undefined where there is no such path. `shown` are those
 * that came with the leaf: they prove nothing by themselves.
 */
export function findPath(
  leaf: X509Certificate,
  { shown, roots }: { readonly shown: readonly X509Certificate[]; readonly roots: readonly X509Certificate[] },
): readonly X509Certificate[] | undefined {
  const extend = (path: readonly X509Certificate[]): readonly X509Certificate[] | undefined => {
    const last = path.at(-1)!;
    const root = roots.find(candidate => isSignedBy(last, candidate));
    if (root !== undefined) return [...path, root];
    if (path.length + 1 >= MAX_PATH) return undefined;
    for (const next of shown) {
      const found = !path.includes(next) && isSignedBy(last, next) ? extend([...path, next]) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return extend([leaf]);
}

/** Names and key ids first: they cost nothing. */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
