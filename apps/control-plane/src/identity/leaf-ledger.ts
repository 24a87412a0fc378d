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

/**
 * Who has a leaf: one entry for each process that was given one, as a renewal takes the place of the leaf that it was asked for with. An
 * answer that was lost leaves an entry behind until it expires, so there may be more entries than processes, and never fewer. A
 * rotation of the root counts on that: nobody is cut off who could not be asked.
 */
export class LeafLedger {
  private readonly leaves: Map<string, IssuedLeaf>;
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly record: JsonRecord;

  /** `openLeafLedger` makes it. */
  constructor(secrets: SecretStore, clock: Pick<Clock, 'wallMs'>, stored: readonly IssuedLeaf[]) {
    this.clock = clock;
    this.leaves = new Map(stored.map(leaf => [leaf.fingerprint, leaf]));
    this.record = new JsonRecord(secrets, FILE, () => this.current());
  }

  /** Whether an identity may have another leaf before some of those that it has expire. */
  hasRoomFor(identity: string): boolean {
    return this.current().filter(leaf => leaf.identity === identity).length < MAX_LEAVES;
  }

  /** Notes a leaf; `before` is the fingerprint of the one that it takes the place of, '' = none. Resolves when it is stored. */
  async note(leaf: IssuedLeaf, before: string): Promise<void> {
    this.leaves.set(leaf.fingerprint, leaf);
    this.leaves.delete(before);
    await this.record.save();
  }

  /** Those that have not expired. */
  current(): readonly IssuedLeaf[] {
    const nowMs = this.clock.wallMs();
    for (const [fingerprint, { notAfterMs }] of this.leaves) if (notAfterMs < nowMs) this.leaves.delete(fingerprint);
    return [...this.leaves.values()];
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
