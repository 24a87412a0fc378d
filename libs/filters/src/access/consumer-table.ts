// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Consumers } from '@weir/policy/snapshot';
import { PasswordTable } from '../basic/password-table.ts';
import { CertificateTable } from '../client-certificate/certificate-table.ts';

/** Consumers as methods of authentication look for them. */
export class ConsumerTable {
  private readonly byKey = new Map<string, KeyOwner>();
  readonly passwords: PasswordTable;
  readonly certificates: CertificateTable;

  /** `secret`: of this thread alone. */
  constructor({ consumers }: Consumers, secret: string) {
    this.certificates = new CertificateTable(consumers);
    this.passwords = new PasswordTable(consumers, secret);
    for (const { label, groups, apiKeys } of consumers) {
      for (const { sha256, expiresMs } of apiKeys) {
        const hash = Buffer.from(sha256, 'hex');
        this.byKey.set(hash.toString('latin1'), { hash, consumer: label, groups, expiresMs });
      }
    }
  }

  /**
   * Whose a key is. It is looked for by its hash, of which nobody can choose even the first bytes, and compared whole in constant
   * time, so that how long it takes tells nothing about the keys that there are.
   */
  ownerOf(key: string): KeyOwner | undefined {
    const hash = createHash('sha256').update(key, 'utf8').digest();
    const owner = this.byKey.get(hash.toString('latin1'));
    return owner !== undefined && timingSafeEqual(owner.hash, hash) ? owner : undefined;
  }
}

interface KeyOwner {
  readonly hash: Buffer;
  readonly consumer: string;
  readonly groups: readonly string[];
  /** 0 = never. */
  readonly expiresMs: number;
}
