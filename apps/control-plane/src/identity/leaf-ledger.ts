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

interface NotedEntry extends LedgerEntry {
  readonly position: number;
}

/**
 * Who has a leaf: one entry for each process that was given one, as a renewal takes the place of the leaf that it was asked for with. An
 * answer that was lost leaves an entry behind until it expires, so there may be more entries than processes, and never fewer. A
 * rotation of the root counts on that: nobody is cut off who could not be asked.
 *
 * Replicas tell each other what they note. That a leaf was replaced is remembered as long as it may be heard of from somebody else.
 */
export class LeafLedger {
  private readonly noted = new Map<string, NotedEntry>();
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly record: JsonRecord;
  private position = 0;

  /** `openLeafLedger` makes it. */
  constructor(secrets: SecretStore, clock: Pick<Clock, 'wallMs'>, stored: readonly IssuedLeaf[]) {
    this.clock = clock;
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
    const { fingerprint } = entry.leaf;
    this.position += 1;
    // Behind all others.
    this.noted.delete(fingerprint);
    this.noted.set(fingerprint, { ...entry, position: this.position });
  }

  private forgetExpired(): void {
    const nowMs = this.clock.wallMs();
    for (const [fingerprint, { leaf }] of this.noted) if (leaf.notAfterMs < nowMs) this.noted.delete(fingerprint);
  }
}

/** Throws IdentityError where what is stored cannot be read. */
export async function openLeafLedger(secrets: SecretStore, clock: Pick<Clock, 'wallMs'>): Promise<LeafLedger> {
  const text = await secrets.read(FILE);
  const found = FORM.safeParse(text === undefined ? [] : parseJson(text));
  if (found.success) return new LeafLedger(secrets, clock, found.data);
  throw new IdentityError('damaged-storage', {
    message: `${FILE} does not hold what was written`,
    hint: 'restore it from a backup; without it (move it away), do not rotate the root before a leaf lifetime has passed',
  });
}
