// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';
import { parsePasswordHash } from '@weir/policy/snapshot';
import type { Consumer, PasswordHash } from '@weir/policy/snapshot';

/** One password of a Consumer, ready to be compared. */
export interface StoredPassword {
  /** The hash as it is written: unlike any other one. */
  readonly text: string;
  readonly hash: PasswordHash;
  readonly consumer: string;
  readonly groups: readonly string[];
  /** 0 = never. */
  readonly expiresMs: number;
}

/** Passwords of Consumers by the names that they are shown with. */
export class PasswordTable {
  private readonly byName = new Map<string, readonly StoredPassword[]>();
  private readonly all: readonly (readonly StoredPassword[])[];
  private readonly secret: string;

  /** `secret`: of this thread alone. Throws a RangeError for a hash that cannot be read. */
  constructor(consumers: readonly Consumer[], secret: string) {
    this.secret = secret;
    for (const { label, groups, passwords } of consumers) {
      for (const { username, hash: text, expiresMs } of passwords) {
        const stored = { text, hash: parsePasswordHash(text), consumer: label, groups, expiresMs };
        this.byName.set(username, [...(this.byName.get(username) ?? []), stored]);
      }
    }
    this.all = [...this.byName.values()];
  }

  /**
   * The passwords of a name. For one that nobody has, some that nothing is equal to and that cost what somebody's cost, always the same
   * one's: how long the answer takes does not tell which names there are. Empty = there are no names at all.
   */
  candidatesFor(username: string): readonly StoredPassword[] {
    return this.byName.get(username) ?? this.decoysFor(username);
  }

  private decoysFor(username: string): readonly StoredPassword[] {
    const bytes = createHmac('sha256', this.secret).update(username, 'utf8').digest();
    const models = this.all[bytes.readUInt32BE(0) % this.all.length] ?? [];
    return models.map(({ hash }, index) => ({
      text: `nobody ${index} ${username}`,
      hash: { scheme: hash.scheme, salt: bytes, hash: Buffer.alloc(hash.hash.length, bytes) },
      consumer: '',
      groups: [],
      expiresMs: 0,
    }));
  }
}
