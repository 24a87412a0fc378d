// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import { compileCandidates } from '../match/candidate.ts';
import type { Candidate } from '../match/candidate.ts';
import { hostnameEnd } from '../hostname/covers-host.ts';
import { HostNode } from './host-node.ts';
import { KeyedTable } from './keyed-table.ts';
import type { EditToken } from './keyed-table.ts';
import type { Found, RouteEntry, RouteQuery } from './route-entry.ts';

interface Tables<Target> {
  readonly hosts: HostNode<Target>;
  readonly installed: KeyedTable<readonly Candidate<Target>[]>;
}

/**
 * The routes of one listener. Never changes: `edit` leads to another table that shares whatever the edit does not touch, so
 * requests that began with this one can end with it.
 */
export class RouteTable<Target> {
  private readonly tables: Tables<Target>;

  /** Without an argument: an empty table. */
  constructor(tables: Tables<Target> = { hosts: new HostNode(), installed: KeyedTable.empty() }) {
    this.tables = tables;
  }

  /** Number of entries that have at least one match. */
  get size(): number {
    return this.tables.installed.size;
  }

  /**
   * The match with the highest precedence: the route's own hostname, then path, method, number of headers, number of query
   * parameters, then age and order. Where no rule of the more specific hostname matches, the less specific one is tried.
   * Takes time linear in the request's length, whatever it contains, and allocates nothing for plain paths.
   */
  find(query: RouteQuery): Found<Target> | undefined {
    return this.tables.hosts.find(query, hostnameEnd(query.host));
  }

  edit(): RouteTableEdit<Target> {
    return new TableEdit(this.tables);
  }
}

/** Changes on the way to the next table. Each call is small, so that many can be spread over turns of the event loop. */
export interface RouteTableEdit<Target> {
  /**
   * Adds an entry or replaces the one of that name. Throws, with nothing changed, if a regex is not RE2 or a path does not
   * begin with `/`.
   */
  upsert(entry: RouteEntry<Target>): void;
  /** An unknown name is no error: removals may come twice. */
  remove(name: ResourceName): void;
  /** The table as it is now. The edit can go on from there; the table stays as it is. */
  commit(): RouteTable<Target>;
}

class TableEdit<Target> implements RouteTableEdit<Target> {
  private owner: EditToken = Symbol('edit');
  private hosts: HostNode<Target>;
  private installed: KeyedTable<readonly Candidate<Target>[]>;

  constructor({ hosts, installed }: Tables<Target>) {
    this.hosts = hosts;
    this.installed = installed;
  }

  upsert(entry: RouteEntry<Target>): void {
    const candidates = compileCandidates(entry);
    this.remove(entry.name);
    for (const candidate of candidates) {
      for (const hostname of new Set(entry.hostnames)) this.hosts = this.hosts.with(this.owner, hostname, candidate);
    }
    if (candidates.length > 0) this.installed = this.installed.with(this.owner, entry.name, candidates);
  }

  remove(name: ResourceName): void {
    const candidates = this.installed.get(name);
    if (candidates === undefined) return;
    for (const candidate of candidates) {
      for (const hostname of new Set(candidate.entry.hostnames)) {
        this.hosts = this.hosts.without(this.owner, hostname, candidate);
      }
    }
    this.installed = this.installed.without(this.owner, name);
  }

  commit(): RouteTable<Target> {
    this.owner = Symbol('edit');
    return new RouteTable({ hosts: this.hosts, installed: this.installed });
  }
}
