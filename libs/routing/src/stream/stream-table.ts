// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, StreamRule } from '@weir/policy/snapshot';
import { hostnameEnd } from '../hostname/covers-host.ts';

/** One rule for whole connections as a table holds it. `Target` is whatever the caller wants back for a connection. */
export interface StreamEntry<Target> {
  /** Name of the rule's resource: unique in the table. */
  readonly name: ResourceName;
  /** Server names, lower-case; `*.a.b` covers one or more labels in front; `*` covers every connection. */
  readonly hostnames: readonly string[];
  /** Ties go to the older route, then to the first `namespace/route` and the first rule. */
  readonly createdMs: number;
  /** `namespace/route`. */
  readonly route: string;
  readonly index: number;
  readonly target: Target;
}

/** A rule as the table of `listener` (its `Listener.name`) holds it; undefined if the rule is not attached there. */
export function entryFromStreamRule<Target>(rule: StreamRule, listener: string, target: Target): StreamEntry<Target> | undefined {
  const hostnames = rule.attachments.filter(at => at.listener === listener).flatMap(at => at.hostnames);
  if (hostnames.length === 0) return undefined;
  const { name, createdMs, route, index } = rule;
  return { name, hostnames, createdMs, route, index, target };
}

/**
 * The stream rules of one listener. Never changes: a changed set of rules is another table. TCP and UDP rules cover `*`, so
 * that the oldest takes every connection; TLS rules are told apart by server name.
 */
export class StreamTable<Target> {
  private readonly entries: ReadonlyMap<ResourceName, StreamEntry<Target>>;
  /** The winner of each hostname. */
  private readonly winners: ReadonlyMap<string, StreamEntry<Target>>;

  constructor(entries: Iterable<StreamEntry<Target>> = []) {
    const byName = new Map<ResourceName, StreamEntry<Target>>();
    for (const entry of entries) byName.set(entry.name, entry);
    this.entries = byName;
    this.winners = winnersOf(byName.values());
  }

  get size(): number {
    return this.entries.size;
  }

  /** All entries, in no particular order: what the next table is made of. */
  all(): Iterable<StreamEntry<Target>> {
    return this.entries.values();
  }

  /** Whose the connection is: the exact name, then the longest wildcard, then `*`. `serverName`: lower-case, '' = none was sent. */
  find(serverName: string): StreamEntry<Target> | undefined {
    const name = serverName.slice(0, hostnameEnd(serverName));
    const exact = this.winners.get(name);
    if (exact !== undefined) return exact;
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const wildcard = this.winners.get(`*${name.slice(dot)}`);
      if (wildcard !== undefined) return wildcard;
    }
    return this.winners.get('*');
  }
}

function winnersOf<Target>(entries: Iterable<StreamEntry<Target>>): ReadonlyMap<string, StreamEntry<Target>> {
  const winners = new Map<string, StreamEntry<Target>>();
  for (const entry of entries) {
    for (const hostname of entry.hostnames) {
      const known = winners.get(hostname);
      if (known === undefined || compareEntries(entry, known) < 0) winners.set(hostname, entry);
    }
  }
  return winners;
}

/** Negative = `a` goes first (Gateway API: the oldest route, then the first by namespace and name). */
function compareEntries(a: StreamEntry<unknown>, b: StreamEntry<unknown>): number {
  if (a.createdMs !== b.createdMs) return a.createdMs - b.createdMs;
  if (a.route !== b.route) return a.route < b.route ? -1 : 1;
  return a.index - b.index;
}
