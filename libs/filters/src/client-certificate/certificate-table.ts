// SPDX-License-Identifier: Apache-2.0
import type { Consumer } from '@weir/policy/snapshot';
import { keyOfName } from './certificate-names.ts';

interface CertificateOwner {
  readonly consumer: string;
  readonly groups: readonly string[];
}

/** Consumers by the names in their certificates. */
export class CertificateTable {
  private readonly byName = new Map<string, CertificateOwner>();

  constructor(consumers: readonly Consumer[]) {
    for (const { label: consumer, groups, certificates } of consumers) {
      const owner = { consumer, groups };
      for (const name of certificates) this.byName.set(keyOfName(name), owner);
    }
  }

  /** Whose a certificate with these names is; each of them once. */
  ownersOf(names: readonly string[]): readonly CertificateOwner[] {
    return [...new Set(names.flatMap(name => this.byName.get(name) ?? []))];
  }
}
