// SPDX-License-Identifier: Apache-2.0
import { isEqualContent } from '../../resolve/incremental/is-equal-content.ts';
import { deepFreeze } from '../resources/deep-freeze.ts';
import type { Status } from './status.ts';

/** Statuses of one sort by `namespace/name`. A status without news stays the same object. */
export class StatusTable<Kind extends Status> {
  private readonly statuses = new Map<string, Kind>();
  private readonly prefix: string;

  /** `prefix`: what comes before the keys for those outside: `Gateway/`. */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get(key: string): Kind | undefined {
    return this.statuses.get(key);
  }

  keys(): Iterable<string> {
    return this.statuses.keys();
  }

  /** Whether this was news; undefined removes. */
  set(key: string, status: Kind | undefined): boolean {
    if (status === undefined) return this.statuses.delete(key);
    if (isEqualContent(status, this.statuses.get(key))) return false;
    this.statuses.set(key, deepFreeze(status));
    return true;
  }

  /** By `Kind/namespace/name`. */
  *entries(): IterableIterator<[key: string, status: Status]> {
    for (const [key, status] of this.statuses) yield [`${this.prefix}${key}`, status];
  }
}
