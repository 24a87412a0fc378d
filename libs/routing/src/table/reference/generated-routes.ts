// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { PathMatch, RouteMatch, ValueMatch } from '@weir/policy/snapshot';
import type { RouteEntry, RouteQuery } from '../route-entry.ts';
import fc from 'fast-check';

// Small alphabets on purpose: what is generated has to collide.
const segment = fc.constantFrom('', 'a', 'b', 'ab');
const path = fc.array(segment, { maxLength: 4 }).map(segments => `/${segments.join('/')}`);
const regex = fc.constantFrom('/a.*', '/a/[^/]+', '/(a|b)/b', '/a|/b', '.*', '/ab?(/.*)?', '/a/b/?', '(/a)+', '/a/b', '/[^/]+/b');
const host = fc.constantFrom('example', 'a.example', 'b.a.example', 'c.b.a.example', 'other', '');
const hostname = fc.constantFrom('*', 'example', '*.example', 'a.example', '*.a.example', 'b.a.example', 'other');

const pathMatch: fc.Arbitrary<PathMatch> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('exact' as const), value: path }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('prefix' as const), value: path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('regex' as const), value: regex }) },
);

function valueMatches(...names: readonly string[]): fc.Arbitrary<readonly ValueMatch[]> {
  const exact = fc.record({
    name: fc.constantFrom(...names),
    kind: fc.constant('exact' as const),
    value: fc.constantFrom('1', '2', '1, 2', ' '),
  });
  const pattern = fc.record({
    name: fc.constantFrom(...names),
    kind: fc.constant('regex' as const),
    value: fc.constantFrom('1', '[12]', '1.*', ''),
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.oneof({ weight: 3, arbitrary: exact }, { weight: 1, arbitrary: pattern }), { maxLength: 3 }),
    },
  );
}

const routeMatch: fc.Arbitrary<RouteMatch> = fc.record({
  path: pathMatch,
  method: fc.constantFrom(undefined, undefined, 'GET', 'HEAD'),
  headers: valueMatches('x-a', 'x-b', 'x-c'),
  query: valueMatches('q', 'r', 's t'),
});

const entryParts = fc.array(
  fc.record({
    hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }),
    matches: fc.array(routeMatch, { minLength: 1, maxLength: 3 }),
    createdMs: fc.constantFrom(0, 1),
    route: fc.constantFrom('ns/a', 'ns/b', 'ns/ab'),
  }),
  { maxLength: 12 },
);

/** Entries of one kind of route whose names differ; routes and ages may be equal. */
export const routeEntries: fc.Arbitrary<RouteEntry<string>[]> = fc
  .tuple(fc.constantFrom('HTTPRoute' as const, 'GRPCRoute' as const), entryParts)
  .map(([routeKind, parts]) =>
    parts.map((part, index) => ({ ...part, routeKind, index, name: `rule/${index}`, target: `rule/${index}` })),
  );

const header = fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-c'), fc.constantFrom('1', '2', '12', ''));
const queryPiece = fc.constantFrom('q=1', 'q=2', 'r=1', '%71=1', 's+t=1', 's%20t=2', 'q', '&', 'r=%31', 'q=+', 'q=1%2C%202');

export const routeQuery: fc.Arbitrary<RouteQuery> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST'),
  host,
  path,
  query: fc.option(
    fc.array(queryPiece, { maxLength: 3 }).map(pieces => pieces.join('&')),
    { nil: undefined },
  ),
  headers: fc.array(header, { maxLength: 4 }).map(pairs => HeaderList.of(...pairs)),
});
