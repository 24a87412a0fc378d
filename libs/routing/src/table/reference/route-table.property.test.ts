// SPDX-License-Identifier: Apache-2.0
import { RouteTable } from '../route-table.ts';
import type { RouteEntry, RouteQuery } from '../route-entry.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRoute } from './find-route.ts';
import { routeEntries, routeQuery } from './generated-routes.ts';

const queries = fc.array(routeQuery, { minLength: 12, maxLength: 12 });

function tableOf(entries: readonly RouteEntry<string>[]): RouteTable<string> {
  const edit = new RouteTable<string>().edit();
  for (const entry of entries) edit.upsert(entry);
  return edit.commit();
}

function foundIn(table: RouteTable<string>, query: RouteQuery): string | undefined {
  const found = table.find(query);
  return found === undefined ? undefined : `${found.target} match ${found.matchIndex}`;
}

describe('a route table', () => {
  it('finds what the plain reference finds', () => {
    fc.assert(
      fc.property(routeEntries, queries, (entries, asked) => {
        const table = tableOf(entries);
        for (const query of asked) expect(foundIn(table, query)).toBe(findRoute(entries, query));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is the same after edits in any order as built afresh, and leaves every earlier table as it was', () => {
    const change = fc.record({ at: fc.nat(11), isRemoval: fc.boolean(), isCommit: fc.boolean() });
    fc.assert(
      fc.property(routeEntries, fc.array(change, { maxLength: 30 }), queries, (entries, changes, asked) => {
        fc.pre(entries.length > 0);
        const installed = new Map<string, RouteEntry<string>>();
        const earlier: { table: RouteTable<string>; answers: (string | undefined)[] }[] = [];
        let edit = new RouteTable<string>().edit();
        for (const { at, isRemoval, isCommit } of changes) {
          // The content of another entry under this name: an upsert has to clear away what it replaces.
          const entry = { ...entries[at % entries.length]!, name: `rule/${at % 5}` };
          if (isRemoval) edit.remove(entry.name);
          else edit.upsert(entry);
          if (isRemoval) installed.delete(entry.name);
          else installed.set(entry.name, entry);
          if (!isCommit) continue;
          const table = edit.commit();
          earlier.push({ table, answers: asked.map(query => foundIn(table, query)) });
          if (at % 2 === 0) edit = table.edit();
        }
        const table = edit.commit();
        const fresh = tableOf([...installed.values()]);
        expect(table.size).toBe(fresh.size);
        expect(asked.map(query => foundIn(table, query))).toEqual(asked.map(query => foundIn(fresh, query)));
        for (const { table: old, answers } of earlier) expect(asked.map(query => foundIn(old, query))).toEqual(answers);
      }),
      { numRuns: 500 },
    );
  });
});
