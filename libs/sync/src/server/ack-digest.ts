// SPDX-License-Identifier: Apache-2.0
import { covers } from '../messages/revision.ts';
import type { Revision } from '../messages/revision.ts';
import { programmedStatus } from './programmed-group.ts';
import type { Programmed, RefusingProxy } from './programmed-group.ts';

/** What one replica knows of one generation of an object. */
export interface GroupDigest {
  readonly key: string;
  readonly generation: number;
  readonly revision: Revision;
  readonly of: number;
  readonly waiting: readonly { readonly proxy: string; readonly isConnected: boolean }[];
  readonly refusing: readonly RefusingProxy[];
  readonly gone: readonly string[];
}

/** What a replica tells the leader, who writes statuses for all. Plain data. */
export interface AckDigest {
  readonly replica: string;
  readonly revision: Revision;
  /** Proxies that are connected here, have everything and refuse nothing. */
  readonly current: readonly string[];
  readonly groups: readonly GroupDigest[];
}

/**
 * One answer for all replicas, by the keys of objects. Of several generations the newest counts. A proxy that left one replica has what
 * it waited for there once it is current at another one that knows as much.
 */
export function mergeDigests(digests: readonly AckDigest[]): ReadonlyMap<string, Programmed> {
  const byKey = Map.groupBy(
    digests.flatMap(({ groups }) => groups),
    ({ key }) => key,
  );
  return new Map([...byKey].map(([key, groups]) => [key, mergeGroups(newestOf(groups), digests)]));
}

function newestOf(groups: readonly GroupDigest[]): readonly GroupDigest[] {
  const newest = Math.max(...groups.map(({ generation }) => generation));
  return groups.filter(({ generation }) => generation === newest);
}

function mergeGroups(groups: readonly GroupDigest[], digests: readonly AckDigest[]): Programmed {
  const arrived = (proxy: string, revision: Revision): boolean =>
    digests.some(digest => digest.current.includes(proxy) && covers(digest.revision, revision));
  const waiting = groups.flatMap(group =>
    group.waiting.filter(({ proxy, isConnected }) => isConnected || !arrived(proxy, group.revision)).map(({ proxy }) => proxy),
  );
  const gone = groups.flatMap(group => group.gone.filter(proxy => !arrived(proxy, group.revision)));
  const refusing = groups.flatMap(group => group.refusing);
  const of = groups.reduce((sum, group) => sum + group.of, 0);
  const missing = waiting.length + refusing.length;
  return { status: programmedStatus(of + gone.length, missing), of, acked: of - missing, waiting, refusing, gone };
}
