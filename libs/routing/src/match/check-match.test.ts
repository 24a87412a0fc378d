// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRoute } from '../table/reference/find-route.ts';
import { routeEntries, routeQuery } from '../table/reference/generated-routes.ts';
import { checkMatch } from './check-match.ts';

describe('checkMatch', () => {
  it('has every part met exactly where the reference finds the match', () => {
    fc.assert(
      fc.property(routeEntries, routeQuery, (entries, query) => {
        for (const entry of entries) {
          for (const match of entry.matches) {
            const isFound = findRoute([{ ...entry, hostnames: ['*'], matches: [match] }], query) !== undefined;
            expect(checkMatch(match, query).every(({ isMet }) => isMet)).toBe(isFound);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says of each part what was wanted and what was there', () => {
    const checks = checkMatch(
      {
        path: { kind: 'prefix', value: '/a' },
        method: 'POST',
        headers: [{ name: 'x-a', kind: 'exact', value: '1' }],
        query: [{ name: 'q', kind: 'regex', value: '[0-9]+' }],
      },
      { method: 'GET', host: 'shop.example', path: '/a/b', query: 'q=x', headers: new HeaderList() },
    );
    expect(checks).toEqual([
      { part: 'path', name: '', kind: 'prefix', wanted: '/a', actual: '/a/b', isMet: true },
      { part: 'method', name: '', kind: 'exact', wanted: 'POST', actual: 'GET', isMet: false },
      { part: 'header', name: 'x-a', kind: 'exact', wanted: '1', actual: undefined, isMet: false },
      { part: 'query', name: 'q', kind: 'regex', wanted: '[0-9]+', actual: 'x', isMet: false },
    ]);
  });
});
