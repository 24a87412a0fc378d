// SPDX-License-Identifier: Apache-2.0
import type { WrittenStatus } from '@weir/kubernetes';
import type { Condition, Status } from '@weir/policy/compile';
import { PROGRAMMED } from '../objects/status-with-programmed.ts';

/**
 * Which statuses are worth a look: looking at all of thousands, each time that one changes or a proxy answers, would keep the leader busy
 * with nothing else.
 */
export class StatusNews {
  private known: ReadonlyMap<string, Status> = new Map<string, Status>();
  /** Of which not every proxy has all: they become others without any document changing. */
  private readonly unsettled = new Set<string>();

  /** Keys whose statuses are others than they were the last time. */
  changed(statuses: ReadonlyMap<string, Status>): readonly string[] {
    const before = this.known;
    if (statuses === before) return [];
    this.known = statuses;
    const fresh = [...statuses].flatMap(([key, status]) => (before.get(key) === status ? [] : key));
    const gone = [...before.keys()].filter(key => !statuses.has(key));
    for (const key of gone) this.unsettled.delete(key);
    return [...fresh, ...gone];
  }

  /** Notes a status as it was made. */
  note(key: string, status: WrittenStatus | undefined): void {
    if (status !== undefined && conditionsOf(status).some(({ type, status: isSo }) => type === PROGRAMMED && isSo === 'False')) {
      this.unsettled.add(key);
    } else {
      this.unsettled.delete(key);
    }
  }

  /** At most so many of those that may have become others, each in turn. */
  takeUnsettled(count: number): readonly string[] {
    const keys = [...this.unsettled.values().take(count)];
    for (const key of keys) {
      this.unsettled.delete(key);
      this.unsettled.add(key);
    }
    return keys;
  }
}

function conditionsOf(status: WrittenStatus): readonly Condition[] {
  if ('parents' in status) return status.parents.flatMap(({ conditions }) => conditions);
  return 'ancestors' in status ? status.ancestors.flatMap(({ conditions }) => conditions) : [];
}
