// SPDX-License-Identifier: Apache-2.0
import type { Status } from '@weir/policy/compile';

/**
 * Which statuses are worth a look: looking at all of thousands, each time that one changes, would keep the leader busy with nothing else.
 */
export class StatusNews {
  private known: ReadonlyMap<string, Status> = new Map<string, Status>();

  /** Keys whose statuses are others than they were the last time. */
  changed(statuses: ReadonlyMap<string, Status>): readonly string[] {
    const before = this.known;
    if (statuses === before) return [];
    this.known = statuses;
    const fresh = [...statuses].flatMap(([key, status]) => (before.get(key) === status ? [] : key));
    const gone = [...before.keys()].filter(key => !statuses.has(key));
    return [...fresh, ...gone];
  }
}
