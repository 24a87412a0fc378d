// SPDX-License-Identifier: Apache-2.0
import { programmedStatus } from './programmed-group.ts';
import type { Programmed, RefusingProxy } from './programmed-group.ts';

/** What one replica knows of one edition of an object, by names: a proxy that went from one replica to another is one proxy. Plain data. */
export interface AckDigest {
  /** Connected here, and have it. */
  readonly acked: readonly string[];
  /** Connected here, and are still to have it. */
  readonly waiting: readonly string[];
  /** Were to have it here, and went; perhaps to another replica. */
  readonly away: readonly string[];
  readonly refusing: readonly RefusingProxy[];
  /** Went so long ago that nobody waits for them. */
  readonly gone: readonly string[];
}

/**
 * One answer for all replicas. What any replica waits for counts, also where another one says that the proxy has it: of two streams one is
 * dead, and nobody knows which. `unheard`: replicas that do not say, in words; while there are any, nobody knows that all have it.
 */
export function mergeDigests(digests: readonly AckDigest[], unheard: readonly string[] = []): Programmed {
  const namesOf = (pick: (digest: AckDigest) => readonly string[]): ReadonlySet<string> => new Set(digests.flatMap(pick));
  const refusing = new Map(digests.flatMap(digest => digest.refusing.map(one => [one.proxy, one] as const)));
  const connected = namesOf(({ waiting }) => waiting).difference(refusing);
  const acked = namesOf(digest => digest.acked)
    .difference(refusing)
    .difference(connected);
  const away = namesOf(digest => digest.away)
    .difference(refusing)
    .difference(acked);
  const waiting = connected.union(away);
  const gone = namesOf(digest => digest.gone)
    .difference(refusing)
    .difference(acked)
    .difference(waiting);
  const missing = waiting.size + refusing.size;
  const of = acked.size + missing;
  const status = unheard.length > 0 ? 'false' : programmedStatus(of + gone.size, missing);
  return { status, of, acked: acked.size, waiting: [...waiting], refusing: [...refusing.values()], gone: [...gone], unheard };
}
