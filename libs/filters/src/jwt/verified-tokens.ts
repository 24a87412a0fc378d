// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';

/** The SHA-256 of a token. Tokens themselves are not kept: a dump of the memory has none, and the head that one came in can go. */
export type TokenDigest = string & { readonly __brand?: 'TokenDigest' };

/** About 0.6 µs for a token of 450 characters. */
export function digestFromToken(token: string): TokenDigest {
  return hash('sha256', token, 'latin1');
}

/** By provider and worker: ten thousand callers at once, each with a token of the usual 450 to 800 characters. */
export const MAX_VERIFIED_TOKENS = 10_000;
/** Characters of tokens; what is kept of one, its claims, takes a small multiple. */
export const MAX_VERIFIED_LENGTH = 8 * 1024 * 1024;

/**
 * What was found out about tokens that were verified. Bad tokens never come in, so that a flood of them throws nothing out and takes no
 * memory.
 *
 * Two generations: what is new or used is in the young one; when that has half of what is allowed, the old one is dropped and it takes its
 * place. A token is thus dropped when as many others as fill half of the cache came or were used since its own last use. A hit costs
 * one look-up, and no eviction ever walks through the cache.
 */
export class VerifiedTokens<Entry> {
  private young = new Map<TokenDigest, Kept<Entry>>();
  private old = new Map<TokenDigest, Kept<Entry>>();
  private youngLength = 0;

  get count(): number {
    return this.young.size + this.old.size;
  }

  /** Without using it. */
  has(digest: TokenDigest): boolean {
    return this.young.has(digest) || this.old.has(digest);
  }

  get(digest: TokenDigest): Entry | undefined {
    const kept = this.young.get(digest);
    return kept === undefined ? this.revive(digest) : kept.entry;
  }

  /** `length` is that of the token. */
  add(digest: TokenDigest, entry: Entry, length: number): void {
    this.keep(digest, { entry, length });
  }

  remove(digest: TokenDigest): void {
    const kept = this.young.get(digest);
    if (kept !== undefined) this.youngLength -= kept.length;
    this.young.delete(digest);
    this.old.delete(digest);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
    this.youngLength = 0;
  }

  private revive(digest: TokenDigest): Entry | undefined {
    const kept = this.old.get(digest);
    if (kept === undefined) return undefined;
    this.old.delete(digest);
    this.keep(digest, kept);
    return kept.entry;
  }

  private keep(digest: TokenDigest, kept: Kept<Entry>): void {
    this.remove(digest);
    if (this.young.size >= MAX_VERIFIED_TOKENS / 2 || this.youngLength + kept.length > MAX_VERIFIED_LENGTH / 2) {
      this.old = this.young;
      this.young = new Map();
      this.youngLength = 0;
    }
    this.young.set(digest, kept);
    this.youngLength += kept.length;
  }
}

interface Kept<Entry> {
  readonly entry: Entry;
  readonly length: number;
}
