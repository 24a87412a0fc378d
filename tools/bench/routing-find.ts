// SPDX-License-Identifier: Apache-2.0
// What finding and changing a route costs in tables of 10, 1,000 and 10,000 routes. Run: node tools/bench/routing-find.ts
import { HeaderList } from '@weir/base';
import { RouteTable } from '@weir/routing';
import type { RouteEntry, RouteQuery } from '@weir/routing';

interface Shape {
  readonly name: string;
  entry(index: number): RouteEntry<number>;
  query(index: number): RouteQuery;
}

interface Overrides {
  readonly hostname?: string;
  readonly path: string;
  readonly tenant?: string;
}

function entryOf(index: number, { hostname = '*', path, tenant }: Overrides): RouteEntry<number> {
  const headers = tenant === undefined ? [] : [{ name: 'x-tenant', kind: 'exact' as const, value: tenant }];
  return {
    name: `rule/bench/route-${index}/0`,
    hostnames: [hostname],
    matches: [{ path: { kind: 'prefix', value: path }, method: undefined, headers, query: [] }],
    routeKind: 'HTTPRoute',
    createdMs: 0,
    route: `bench/route-${index}`,
    index: 0,
    target: index,
  };
}

/** A new path string for each request, as a codec makes it: a string that was hashed before would flatter the table. */
function queryOf({ hostname = 'shop.example', path, tenant }: Overrides): RouteQuery {
  const headers = HeaderList.of(
    ['authorization', `Bearer ${'x'.repeat(450)}`],
    ['accept', 'application/json'],
    ['user-agent', 'bench/1.0'],
    ['x-tenant', tenant ?? 'none'],
  );
  return { method: 'GET', host: hostname, path: Buffer.from(path).toString('latin1'), query: 'page=2', headers };
}

const SHAPES: readonly Shape[] = [
  {
    name: 'distinct first segments',
    entry: i => entryOf(i, { path: `/service-${i}` }),
    query: i => queryOf({ path: `/service-${i}/items/42` }),
  },
  {
    name: 'deep common prefix',
    entry: i => entryOf(i, { path: `/api/v1/x-${i}` }),
    query: i => queryOf({ path: `/api/v1/x-${i}/items/42` }),
  },
  {
    name: 'distinct hosts',
    entry: i => entryOf(i, { hostname: `host-${i}.example.com`, path: '/' }),
    query: i => queryOf({ hostname: `host-${i}.example.com`, path: '/items/42' }),
  },
  {
    name: 'header variants',
    entry: i => entryOf(i, { path: '/api', tenant: `tenant-${i}` }),
    query: i => queryOf({ path: '/api/items/42', tenant: `tenant-${i}` }),
  },
];

const SIZES = [10, 1_000, 10_000];
const QUERY_COUNT = 1_000;
const ROUNDS = 7;
const FINDS_PER_ROUND = 300_000;
const EDIT_COUNT = 200;

function tableOf(shape: Shape, size: number): { table: RouteTable<number>; slowUpsertMs: number } {
  const edit = new RouteTable<number>().edit();
  const upsertMs: number[] = [];
  for (let i = 0; i < size; i++) {
    const startedMs = performance.now();
    edit.upsert(shape.entry(i));
    upsertMs.push(performance.now() - startedMs);
  }
  return { table: edit.commit(), slowUpsertMs: quantile(upsertMs, 0.999) };
}

function findNs(shape: Shape, table: RouteTable<number>): number {
  const step = Math.max(1, Math.floor(table.size / QUERY_COUNT));
  const queries = Array.from({ length: QUERY_COUNT }, (_, i) => shape.query((i * step) % table.size));
  return median(
    Array.from({ length: ROUNDS }, () => {
      const startedMs = performance.now();
      let sum = 0;
      for (let i = 0; i < FINDS_PER_ROUND; i++) sum += table.find(queries[i % QUERY_COUNT]!)?.target ?? Number.NaN;
      if (Number.isNaN(sum)) throw new Error(`${shape.name}: a query found nothing`);
      return ((performance.now() - startedMs) / FINDS_PER_ROUND) * 1e6;
    }),
  );
}

function commitMs(shape: Shape, table: RouteTable<number>): number {
  return median(
    Array.from({ length: EDIT_COUNT }, (_, i) => {
      const startedMs = performance.now();
      const edit = table.edit();
      edit.upsert(shape.entry((i * 37) % table.size));
      edit.commit();
      return performance.now() - startedMs;
    }),
  );
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

console.log('shape                      routes   find ns   change one, ms   p99.9 of filling, ms');
for (const shape of SHAPES) {
  for (const size of SIZES) {
    const { table, slowUpsertMs } = tableOf(shape, size);
    const cells = [
      shape.name.padEnd(24),
      String(size).padStart(8),
      findNs(shape, table).toFixed(0).padStart(9),
      commitMs(shape, table).toFixed(3).padStart(16),
      slowUpsertMs.toFixed(3).padStart(22),
    ];
    console.log(cells.join(' '));
  }
}
