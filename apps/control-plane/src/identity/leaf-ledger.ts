// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { Clock } from '@weir/base';
import { IdentityError } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { parseJson } from '../state/parse-json.ts';
import { JsonRecord } from '../state/json-record.ts';

const FILE = 'leaves.json';
const LEAF = z.object({ fingerprint: z.string(), identity: z.string(), root: z.string(), notAfterMs: z.number() });
const FORM = z.array(LEAF);

/** Of one identity. Whoever has one leaf can ask for any number, and what is stored has to be read again at the next start. */
const MAX_LEAVES = 5000;
/**
 * Of one identity: a workload may renew as often as it likes. Replicas hear of each within seconds. Where one does not, and the note of a
 * renewal was forgotten meanwhile, a leaf that nobody has any more counts until it expires: a rotation waits longer, and cuts off nobody.
 */
const MAX_REPLACED = 1000;

/** A leaf that somebody was given, and that is still good. */
export type IssuedLeaf = Readonly<z.infer<typeof LEAF>>;

/** What is noted of a leaf: that it was given, or that another one has taken its place. */
export interface LedgerEntry {
  readonly leaf: IssuedLeaf;
  readonly isReplaced: boolean;
}

/** What was noted, in its order, from one position to another. */
export interface LedgerPart {
  readonly entries: readonly LedgerEntry[];
  readonly position: number;
  /** There are more. */
  readonly isPartial: boolean;
}

export interface LeafLedgerParts {
  readonly secrets: SecretStore;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Whether there may be other replicas, which hear of what this one notes: where there are none, what was replaced is forgotten at once. */
  readonly hasReplicas: boolean;
}

interface NotedEntry extends LedgerEntry {
  readonly position: number;
}

/**
 * Who has a leaf: one entry for each process that was given one, as a renewal takes the place of the leaf that it was asked for with. An
 * answer that was lost leaves an entry behind until it expires, so there may be more entries than processes, and never fewer. A
 * rotation of the root counts on that: nobody is cut off who could not be asked.
 *
 * Replicas tell each other what they note. That a leaf was replaced is remembered as long as it may be heard of from somebody else, of the
 * last thousand of each identity.
 */
export class LeafLedger {
  private readonly noted = new Map<string, NotedEntry>();
  /** Fingerprints of those that were replaced, by identity, the oldest in front. */
  private readonly replaced = new Map<string, Set<string>>();
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly maxReplaced: number;
  private readonly record: JsonRecord;
  private position = 0;

  /** `openLeafLedger` makes it. */
  constructor({ secrets, clock, hasReplicas }: LeafLedgerParts, stored: readonly IssuedLeaf[]) {
    this.clock = clock;
    this.maxReplaced = hasReplicas ? MAX_REPLACED : 0;
    for (const leaf of stored) this.put({ leaf, isReplaced: false });
    this.record = new JsonRecord(secrets, FILE, () => this.current());
  }

  /** Whether an identity may have another leaf before some of those that it has expire. */
  hasRoomFor(identity: string): boolean {
    return this.current().filter(leaf => leaf.identity === identity).length < MAX_LEAVES;
  }

  /** Notes a leaf; `before` is the fingerprint of the one that it takes the place of, '' = none. Resolves when it is stored. */
  async note(leaf: IssuedLeaf, before: string): Promise<void> {
    this.put({ leaf, isReplaced: false });
    // One that another replica gave may not be known here yet; it ends before the new one does.
    if (before !== '') this.put({ leaf: { ...leaf, fingerprint: before }, isReplaced: true });
    await this.record.save();
  }

  /** Those that have not expired. */
  current(): readonly IssuedLeaf[] {
    this.forgetExpired();
    return [...this.noted.values()].flatMap(({ leaf, isReplaced }) => (isReplaced ? [] : leaf));
  }

  /** What was noted after a position, `count` entries at most; 0 = from the beginning. */
  since(position: number, count: number): LedgerPart {
    this.forgetExpired();
    const entries: NotedEntry[] = [];
    for (const entry of this.noted.values()) {
      if (entry.position <= position) continue;
      if (entries.length === count) return { entries, position: entries.at(-1)?.position ?? position, isPartial: true };
      entries.push(entry);
    }
    return { entries, position: this.position, isPartial: false };
  }

  /** Notes what another replica has noted, where it is new here. */
  take(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      const known = this.noted.get(entry.leaf.fingerprint);
      if (known === undefined || (entry.isReplaced && !known.isReplaced)) this.put(entry);
    }
  }

  private put(entry: LedgerEntry): void {
    const { fingerprint, identity } = entry.leaf;
    this.position += 1;
    // Behind all others.
    this.forget(entry.leaf);
    this.noted.set(fingerprint, { ...entry, position: this.position });
    if (!entry.isReplaced) return;
    const replaced = (this.replaced.get(identity) ?? new Set()).add(fingerprint);
    this.replaced.set(identity, replaced);
    const [oldest] = replaced;
    if (replaced.size > this.maxReplaced && oldest !== undefined) this.forget({ fingerprint: oldest, identity });
  }

  private forget({ fingerprint, identity }: Pick<IssuedLeaf, 'fingerprint' | 'identity'>): void {
    this.noted.delete(fingerprint);
    const replaced = this.replaced.get(identity);
    replaced?.delete(fingerprint);
    if (replaced?.size === 0) this.replaced.delete(identity);
  }

  private forgetExpired(): void {
    const nowMs = this.clock.wallMs();
    for (const { leaf } of this.noted.values()) if (leaf.notAfterMs < nowMs) this.forget(leaf);
  }
}

/** Throws IdentityError where what is stored cannot be read. */
export async function openLeafLedger(parts: LeafLedgerParts): Promise<LeafLedger> {
  const text = await parts.secrets.read(FILE);
  const found = FORM.safeParse(text === undefined ? [] : parseJson(text));
  if (found.success) return new LeafLedger(parts, found.data);
  throw new IdentityError('damaged-storage', {
    message: `${FILE} does not hold what was written`,
    hint: 'restore it from a backup; without it (move it away), do not rotate the root before a leaf lifetime has passed',
  });
}
