// SPDX-License-Identifier: Apache-2.0
import { findClaim, scalarText } from '@weir/base';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Consumers } from '@weir/policy/snapshot';
import { PasswordTable } from '../basic/password-table.ts';
import { CertificateTable } from '../client-certificate/certificate-table.ts';

/** The Consumer that a credential is of. */
export interface Owner {
  /** `namespace/name`. */
  readonly consumer: string;
  readonly groups: readonly string[];
}

export interface KeyOwner extends Owner {
  readonly hash: Buffer;
  /** 0 = never. */
  readonly expiresMs: number;
}

/** Whose the tokens of an issuer are by one claim. */
interface ClaimOwners {
  readonly path: readonly string[];
  readonly byValue: Map<string, Owner>;
}

/** Consumers as methods of authentication look for them. */
export class ConsumerTable {
  private readonly byKey = new Map<string, KeyOwner>();
  private readonly byIssuer = new Map<string, Map<string, ClaimOwners>>();

  readonly passwords: PasswordTable;
  readonly certificates: CertificateTable;

  /** `secret`: of this thread alone. */
  constructor({ consumers }: Consumers, secret: string) {
    this.certificates = new CertificateTable(consumers);
    this.passwords = new PasswordTable(consumers, secret);
    for (const { label, groups, apiKeys, tokens } of consumers) {
      const owner = { consumer: label, groups };
      for (const { sha256, expiresMs } of apiKeys) {
        const hash = Buffer.from(sha256, 'hex');
        this.byKey.set(hash.toString('latin1'), { ...owner, hash, expiresMs });
      }
      for (const { issuer, path, value } of tokens) this.claimOwners(issuer, path).byValue.set(value, owner);
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

  /**
   * Whose a verified token is. Where different claims of it name different Consumers, that of the claim that was written first, the
   * Consumers taken by name. A list is no name, whatever is in it.
   */
  ownerOfToken(issuer: string, claims: Readonly<Record<string, unknown>>): Owner | undefined {
    for (const { path, byValue } of this.byIssuer.get(issuer)?.values() ?? []) {
      const text = scalarText(findClaim(claims, path));
      const owner = text === undefined ? undefined : byValue.get(text);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  private claimOwners(issuer: string, path: readonly string[]): ClaimOwners {
    const ofIssuer = this.byIssuer.get(issuer) ?? new Map<string, ClaimOwners>();
    this.byIssuer.set(issuer, ofIssuer);
    const key = JSON.stringify(path);
    const owners = ofIssuer.get(key) ?? { path, byValue: new Map<string, Owner>() };
    ofIssuer.set(key, owners);
    return owners;
  }
}
