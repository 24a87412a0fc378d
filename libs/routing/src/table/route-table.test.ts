// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { PathMatch, RouteMatch } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import type { RouteEntry, RouteQuery } from './route-entry.ts';
import { RouteTable } from './route-table.ts';

function matchOf(path: string, rest: Partial<RouteMatch> = {}, kind: PathMatch['kind'] = 'prefix'): RouteMatch {
  return { path: { kind, value: path }, method: undefined, headers: [], query: [], ...rest };
}

function entryOf(target: string, matches: RouteMatch | RouteMatch[], rest: Partial<RouteEntry<string>> = {}): RouteEntry<string> {
  const name = `rule/${target}`;
  const base = { name, routeKind: 'HTTPRoute' as const, hostnames: ['*'] };
  return { ...base, matches: [matches].flat(), createdMs: 0, route: target, index: 0, target, ...rest };
}

function tableOf(...entries: RouteEntry<string>[]): RouteTable<string> {
  const edit = new RouteTable<string>().edit();
  for (const entry of entries) edit.upsert(entry);
  return edit.commit();
}

function queryOf(path: string, rest: Partial<RouteQuery> = {}): RouteQuery {
  return { method: 'GET', host: 'shop.example', path, query: undefined, headers: new HeaderList(), ...rest };
}

describe('RouteTable.find', () => {
  it('matches prefixes by whole segments and ignores their trailing slash', () => {
    const table = tableOf(entryOf('pay', matchOf('/pay/')));
    expect(table.find(queryOf('/pay'))).toMatchObject({ target: 'pay', matchIndex: 0, matchedPrefix: '/pay' });
    expect(table.find(queryOf('/pay/1'))?.target).toBe('pay');
    expect(table.find(queryOf('/payroll'))).toBeUndefined();
  });

  it('prefers an exact path to a regex, and a regex to the longest prefix', () => {
    const table = tableOf(
      entryOf('prefix', matchOf('/a/b/c')),
      entryOf('regex', matchOf('/a/.*', {}, 'regex')),
      entryOf('exact', matchOf('/a/b', {}, 'exact')),
    );
    expect(table.find(queryOf('/a/b'))?.target).toBe('exact');
    expect(table.find(queryOf('/a/b/c'))?.target).toBe('regex');
    expect(table.find(queryOf('/a/b/c'))?.matchedPrefix).toBe('');
  });

  it('prefers a named gRPC service to a method of any service, and that to everything', () => {
    const grpc = { routeKind: 'GRPCRoute' as const };
    const table = tableOf(
      entryOf('everything', matchOf('/'), grpc),
      entryOf('method', matchOf('/[^/]+/Get', {}, 'regex'), grpc),
      entryOf('service', matchOf('/shop.Stock'), grpc),
    );
    expect(table.find(queryOf('/shop.Stock/Get'))?.target).toBe('service');
    expect(table.find(queryOf('/shop.Cart/Get'))?.target).toBe('method');
    expect(table.find(queryOf('/shop.Cart/Put'))?.target).toBe('everything');
  });

  it('falls back to a shorter prefix where the longer one wants something else', () => {
    const table = tableOf(entryOf('short', matchOf('/a')), entryOf('long', matchOf('/a/b', { method: 'POST' })));
    expect(table.find(queryOf('/a/b/c'))?.target).toBe('short');
    expect(table.find(queryOf('/a/b/c', { method: 'POST' }))?.target).toBe('long');
  });

  it('prefers the more specific hostname whatever the paths are, and tries the next one if no rule of it matches', () => {
    const table = tableOf(
      entryOf('any', matchOf('/a/b', {}, 'exact')),
      entryOf('wildcard', matchOf('/a'), { hostnames: ['*.example'] }),
      entryOf('exact', matchOf('/a', { method: 'POST' }), { hostnames: ['shop.example'] }),
    );
    expect(table.find(queryOf('/a/b', { method: 'POST' }))?.target).toBe('exact');
    expect(table.find(queryOf('/a/b'))?.target).toBe('wildcard');
    expect(table.find(queryOf('/a/b', { host: 'other.test' }))?.target).toBe('any');
  });

  it('takes a host with a trailing dot for the same host', () => {
    const table = tableOf(entryOf('shop', matchOf('/'), { hostnames: ['shop.example'] }));
    expect(table.find(queryOf('/', { host: 'shop.example.' }))?.target).toBe('shop');
  });

  it('does not take HEAD for GET', () => {
    const table = tableOf(entryOf('get', matchOf('/', { method: 'GET' })));
    expect(table.find(queryOf('/', { method: 'HEAD' }))).toBeUndefined();
  });

  it('joins header fields of one name before it compares', () => {
    const table = tableOf(entryOf('joined', matchOf('/', { headers: [{ name: 'x-a', kind: 'exact', value: '1, 2' }] })));
    expect(table.find(queryOf('/', { headers: HeaderList.of(['x-a', '1'], ['x-a', '2']) }))?.target).toBe('joined');
    expect(table.find(queryOf('/', { headers: HeaderList.of(['x-a', '1']) }))).toBeUndefined();
  });

  it('breaks ties by age, then route, then rule, then match', () => {
    const ask = (...entries: RouteEntry<string>[]) => tableOf(...entries).find(queryOf('/'));
    const young = { createdMs: 2 };
    expect(ask(entryOf('a', matchOf('/'), young), entryOf('b', matchOf('/'), { createdMs: 1 }))?.target).toBe('b');
    expect(ask(entryOf('b', matchOf('/'), young), entryOf('a', matchOf('/'), young))?.target).toBe('a');
    const second = { route: 'same', index: 1 };
    expect(ask(entryOf('a', matchOf('/'), second), entryOf('b', matchOf('/'), { route: 'same' }))?.target).toBe('b');
    expect(ask(entryOf('a', [matchOf('/'), matchOf('/')]))?.matchIndex).toBe(0);
  });

  it('asks nothing of a path that is none', () => {
    expect(tableOf(entryOf('all', matchOf('/'))).find(queryOf('*'))).toBeUndefined();
  });

  // Quadratic work on any of these would take minutes, so the runner's time limit is the assertion.
  it.each([
    ['10,000 segments', queryOf('/a'.repeat(10_000))],
    ['64 KiB of slashes', queryOf('/'.repeat(65_536))],
    ['one segment of 64 KiB', queryOf(`/${'a'.repeat(65_536)}`)],
    ['a host of 32,768 labels', queryOf('/', { host: 'a.'.repeat(32_768) })],
    ['a query of 64 KiB', queryOf('/', { query: '%71&'.repeat(16_384) })],
    [
      '16,384 fields of one name',
      queryOf('/', { headers: HeaderList.of(...Array.from({ length: 16_384 }, () => ['x-a', '1'] as const)) }),
    ],
  ])('takes time linear in %s', (_, query) => {
    const deep = Array.from(Array(300).keys(), depth => matchOf('/a'.repeat(depth + 1), { method: 'PUT' }));
    const table = tableOf(
      entryOf('deep', deep),
      entryOf('regex', matchOf('/(a/?)*b', {}, 'regex')),
      entryOf('header', matchOf('/', { headers: [{ name: 'x-a', kind: 'regex', value: '(1|1)*x' }] })),
      entryOf('query', matchOf('/', { query: [{ name: 'qq', kind: 'exact', value: '' }] })),
      entryOf('host', matchOf('/'), { hostnames: ['*.a.a.b'] }),
    );
    for (let i = 0; i < 20; i++) expect(table.find(query)).toBeUndefined();
  });
});

describe('RouteTable.edit', () => {
  it('replaces the entry of a name and forgets what it had', () => {
    const edit = tableOf(entryOf('a', [matchOf('/old'), matchOf('/both')])).edit();
    edit.upsert(entryOf('a', [matchOf('/new'), matchOf('/both')]));
    const table = edit.commit();
    expect(table.find(queryOf('/old'))).toBeUndefined();
    expect(table.find(queryOf('/new'))?.target).toBe('a');
    expect(table.find(queryOf('/both'))?.matchIndex).toBe(1);
    expect(table.size).toBe(1);
  });

  it('does not change the table that it came from, nor a committed one when it goes on', () => {
    const before = tableOf(entryOf('a', matchOf('/a')));
    const edit = before.edit();
    edit.upsert(entryOf('b', matchOf('/b')));
    const between = edit.commit();
    edit.remove('rule/a');
    edit.remove('rule/a');
    const after = edit.commit();
    const seen = [before, between, after].map(table => [table.find(queryOf('/a'))?.target, table.find(queryOf('/b'))?.target]);
    expect(seen).toEqual([
      ['a', undefined],
      ['a', 'b'],
      [undefined, 'b'],
    ]);
  });

  it('refuses a regex that RE2 does not take, and keeps what was there', () => {
    const edit = tableOf(entryOf('a', matchOf('/a'))).edit();
    const broken = entryOf('a', [matchOf('/b'), matchOf('(', {}, 'regex')]);
    expect(() => edit.upsert(broken)).toThrow('rule/a match 1: error parsing regexp: missing closing ): `(`');
    expect(edit.commit().find(queryOf('/a'))?.target).toBe('a');
  });

  it('refuses a path that does not begin with a slash', () => {
    expect(() => tableOf(entryOf('a', matchOf('a')))).toThrow('rule/a match 0: path "a" does not begin with "/"');
  });
});
