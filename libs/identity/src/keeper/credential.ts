// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { formatCertificates, parseCertificates, parsePrivateKey } from '../certificate/pem.ts';
import { IdentityError } from '../identity-error.ts';

/**
 * A leaf with its chain and key. The key is in a private field: inspecting, logging or serialising a credential shows the certificate
 * alone, and structured clones lose the key.
 */
export class Credential {
  /** Leaf first, without the root. */
  readonly chainPem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly #keyPem: string;
  readonly #chain: readonly X509Certificate[];

  /** Throws IdentityError where the two do not belong together. */
  constructor(chainPem: string, keyPem: string) {
    this.#chain = parseCertificates(chainPem, 'the certificate chain');
    const leaf = this.#chain[0]!;
    if (!leaf.checkPrivateKey(parsePrivateKey(keyPem, 'the key'))) {
      throw new IdentityError('invalid-certificate', {
        message: 'the key does not belong to the first certificate of the chain',
        hint: 'keep a certificate and its key together',
      });
    }
    this.chainPem = formatCertificates(this.#chain);
    this.notBeforeMs = leaf.validFromDate.getTime();
    this.notAfterMs = leaf.validToDate.getTime();
    this.#keyPem = keyPem;
  }

  /** Leaf first. */
  chain(): readonly X509Certificate[] {
    return this.#chain;
  }

  /** The key as PEM, for TLS, for a worker thread and for storage. Whoever calls this must not let it get any further. */
  exposeKeyPem(): string {
    return this.#keyPem;
  }
}
