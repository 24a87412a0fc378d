// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { RequestHead } from '@weir/base';
import type { RouteMatch, RouteRule } from '@weir/policy/snapshot';
import { tableForListener } from '@weir/routing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchOf, ruleOf } from '../sample/sample-snapshot.ts';
import { bestHostname, nearestMisses } from './nearest-misses.ts';
import { comparePlaced } from './precedence.ts';
import type { Placed } from './precedence.ts';

const LISTENER = 'shop/edge/http-0';

function headOf(path: string, rest: Partial<RequestHead> = {}): RequestHead {
  const host = 'shop.example';
  return { method: 'GET', scheme: 'http', authority: host, host, path, query: undefined, headers: new HeaderList(), ...rest };
}

function winnerOf(rules: readonly RouteRule[], head: RequestHead): Placed | undefined {
  const found = tableForListener(rules, LISTENER, rule => rule).find(head);
  if (found === undefined) return undefined;
  const { entry, matchIndex, target } = found;
  return { hostname: bestHostname(entry.hostnames, head.host)!, match: entry.matches[matchIndex]!, matchIndex, rule: target };
}

function reasonsOf(head: RequestHead, ...rules: readonly RouteRule[]): (readonly string[])[] {
  const misses = nearestMisses({ rules, listener: LISTENER, head, winner: winnerOf(rules, head) });
  return misses.map(({ route, reasons }) => [route, ...reasons]);
}

describe('nearestMisses', () => {
  it.each<[string, RouteMatch, string]>([
    ['a prefix', matchOf('/reviews'), 'path prefix /reviews does not cover /review'],
    ['an exact path', matchOf('', { path: { kind: 'exact', value: '/a' } }), 'path is /review, rule wants exactly /a'],
    ['a regex', matchOf('', { path: { kind: 'regex', value: '/a+' } }), 'path regex /a+ does not match /review'],
    ['a method', matchOf('/', { method: 'POST' }), 'method is GET, rule wants POST'],
    ['a missing header', matchOf('/', { headers: [{ name: 'x-a', kind: 'exact', value: '1' }] }), 'header x-a is missing'],
    [
      'another header',
      matchOf('/', { headers: [{ name: 'x-b', kind: 'exact', value: '1' }] }),
      'header x-b is "2", rule wants "1"',
    ],
    [
      'a header pattern',
      matchOf('/', { headers: [{ name: 'x-b', kind: 'regex', value: '[01]' }] }),
      'header x-b is "2", rule wants a match of [01]',
    ],
    ['a missing parameter', matchOf('/', { query: [{ name: 'q', kind: 'exact', value: '1' }] }), 'query parameter q is missing'],
  ])('says that the request does not have %s', (_, match, reason) => {
    const head = headOf('/review', { headers: HeaderList.of(['x-b', '2']) });
    expect(reasonsOf(head, ruleOf('a', { matches: [match] }))).toEqual([['shop/a', reason]]);
  });

  it('names the closest three, those with the most parts matched first', () => {
    const rules = [
      ruleOf('far', { matches: [matchOf('/x', { method: 'POST' })] }),
      ruleOf('near', { matches: [matchOf('/reviews/new')] }),
      ruleOf('nearest', { matches: [matchOf('/reviews', { method: 'POST' })] }),
      ruleOf('host', { matches: [matchOf('/x')], hostnames: ['other.example'] }),
      ruleOf('same', { matches: [matchOf('/x')] }),
    ];
    expect(reasonsOf(headOf('/reviews/7'), ...rules).map(([route]) => route)).toEqual(['shop/nearest', 'shop/near', 'shop/same']);
  });

  it('says of a rule that matches too why it comes second', () => {
    const exact = { kind: 'exact', value: '/a' } as const;
    const winner = ruleOf('winner', { matches: [matchOf('', { path: exact, method: 'GET' })], hostnames: ['shop.example'] });
    const second = (rest: Parameters<typeof ruleOf>[1]) =>
      reasonsOf(headOf('/a'), winner, ruleOf('z', { hostnames: ['shop.example'], ...rest }))[0];
    expect(second({ matches: [matchOf('/')], hostnames: ['*.example'] })).toEqual([
      'shop/z',
      'matches too, but hostname *.example is less specific than shop.example',
    ]);
    expect(second({ matches: [matchOf('/')] })).toEqual(['shop/z', 'matches too, but path exactly goes before path prefix']);
    expect(second({ matches: [matchOf('', { path: exact })] })).toEqual(['shop/z', 'matches too, but it asks for no method']);
    expect(second({ matches: winner.matches, createdMs: 1 })).toEqual(['shop/z', 'matches too, but its route is younger']);
    expect(second({ matches: winner.matches })).toEqual(['shop/z', 'matches too, but shop/winner goes before it by name']);
  });
});

describe('comparePlaced', () => {
  it('puts the match that the table finds before every other that matches', () => {
    const match = fc.record({
      path: fc.record({
        kind: fc.constantFrom('exact' as const, 'prefix' as const, 'regex' as const),
        value: fc.constantFrom('/', '/a', '/a/b'),
      }),
      method: fc.constantFrom(undefined, 'GET'),
      headers: fc.constantFrom([], [{ name: 'x-b', kind: 'exact' as const, value: '2' }]),
      query: fc.constant([]),
    });
    const rule = fc.record({
      matches: fc.array(match, { minLength: 1, maxLength: 2 }),
      hostnames: fc.constantFrom(['*'], ['*.example', '*'], ['shop.example']),
      index: fc.nat(1),
      createdMs: fc.nat(1),
    });
    const head = headOf('/a/b', { headers: HeaderList.of(['x-b', '2']) });
    fc.assert(
      fc.property(fc.array(rule, { minLength: 2, maxLength: 6 }), parts => {
        const rules = parts.map((part, i) => ruleOf(`route-${i}`, part));
        const winner = winnerOf(rules, head);
        fc.pre(winner !== undefined);
        for (const other of rules) {
          const alone = winnerOf([other], head);
          if (alone !== undefined && other.route !== winner.rule.route) expect(comparePlaced(winner, alone)).toBeLessThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
