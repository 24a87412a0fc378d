// SPDX-License-Identifier: Apache-2.0

/**
 * How far a control plane has read its sources. Replicas read at their own pace, and each source at its own, so revisions are ordered
 * only in part.
 */
export interface Revision {
  /** Rises when positions start anew: another store, or one that was restored. */
  readonly epoch: number;
  /** By source, such as a kind of object: its `resourceVersion`. Absent = nothing was read. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Whether who knows `later` knows all that `earlier` says. */
export function covers(later: Revision, earlier: Revision): boolean {
  if (later.epoch !== earlier.epoch) return later.epoch > earlier.epoch;
  return Object.entries(earlier.positions).every(([source, position]) => (later.positions[source] ?? 0) >= position);
}

/** What is known to who knows both. */
export function joinRevisions(left: Revision, right: Revision): Revision {
  if (left.epoch !== right.epoch) return left.epoch > right.epoch ? left : right;
  const positions: Record<string, number> = { ...left.positions };
  for (const [source, position] of Object.entries(right.positions)) {
    positions[source] = Math.max(positions[source] ?? 0, position);
  }
  return { epoch: left.epoch, positions };
}

/** Of a single source that counts its changes, such as a directory. `epoch` must be larger at each start, such as the time. */
export function countedRevision(epoch: number, count: number): Revision {
  return { epoch, positions: { changes: count } };
}
