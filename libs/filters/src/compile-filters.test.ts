// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { FilterSpec, RequestMirrorSpec } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import type { TestExchangeInit } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compileFilters } from './compile-filters.ts';
import { FREE_GATE } from './concurrency-limit/free-gate.ts';
import type { RateCounters } from './rate-limit/rate-counters.ts';

const NO_CHANGES = { set: [], add: [], remove: [] };

/** Runs the request side and returns the exchange with what was mirrored. */
function run(specs: readonly FilterSpec[], { init = {}, chance = 0 }: { init?: TestExchangeInit; chance?: number } = {}) {
  const mirrored: string[] = [];
  const mirror = (backend: string, { request }: Exchange) => void mirrored.push(`${backend} ${request.authority}${request.path}`);
  const exchange = createTestExchange(init);
  const context = {
    random: createScriptedRandom(chance),
    clock: createManualClock(),
    callBackend: undefined,
    mirror,
    accessChain,
    trafficLimits: accessChain,
    rateCounters: NO_COUNTERS,
    concurrencyLimits: accessChain,
    concurrencyGate: FREE_GATE,
    injectedFaults: accessChain,
    delayRoom: undefined,
    onFaultInjected: () => undefined,
  };
  for (const filter of compileFilters(specs, context)) {
    const verdict = filter.onRequest?.(exchange);
    if (verdict && 'kind' in verdict && verdict.kind === 'reply') return { exchange, mirrored, reply: verdict.response };
  }
  return { exchange, mirrored, reply: undefined };
}

function headersOf(exchange: Exchange): readonly string[] {
  return [...exchange.request.headers.entries()].map(([name, value]) => `${name}: ${value}`);
}

const NO_COUNTERS: RateCounters = {
  prepare: () => ({ policyField: '', store: undefined }),
  admit: () => expect.unreachable(),
  retainStores: () => undefined,
  wentWithoutStore: () => undefined,
};

const accessChain = (name: string): { name: string; current: undefined } => ({ name, current: undefined });

describe('the request header modifier', () => {
  it('sets, adds a field of its own, and removes, in this order', () => {
    const headers = HeaderList.of(['a', '1'], ['b', '2'], ['a', '3'], ['c', '4']);
    const spec: FilterSpec = {
      kind: 'requestHeaderModifier',
      set: [{ name: 'a', value: 'x' }],
      add: [{ name: 'b', value: 'y' }],
      remove: ['c'],
    };
    expect(headersOf(run([spec], { init: { request: { headers } } }).exchange)).toEqual(['a: x', 'b: 2', 'b: y']);
  });

  it('changes the authority where Host is set', () => {
    const spec: FilterSpec = { ...NO_CHANGES, kind: 'requestHeaderModifier', set: [{ name: 'host', value: 'Other.example:81' }] };
    const { request } = run([spec]).exchange;
    expect([request.authority, request.host, request.headers.has('host')]).toEqual(['other.example:81', 'other.example', false]);
  });

  it.each(['connection', 'content-length', 'transfer-encoding', 'upgrade'])('refuses requests rather than touch %s', name => {
    const spec: FilterSpec = { ...NO_CHANGES, kind: 'requestHeaderModifier', set: [{ name, value: '1' }] };
    expect(() => run([spec])).toThrow(`header ${name} belongs to the connection and cannot be changed by a filter`);
  });

  it.each(['a\r\nb: c', 'a\u0000', 'Ω'])('refuses requests rather than send the value %j', value => {
    const spec: FilterSpec = { ...NO_CHANGES, kind: 'requestHeaderModifier', add: [{ name: 'x', value }] };
    expect(() => run([spec])).toThrow('value of header x has a character that no header may carry');
  });
});

describe('the response header modifier', () => {
  it('sets, adds and removes on the response', () => {
    const spec: FilterSpec = {
      kind: 'responseHeaderModifier',
      set: [{ name: 'server', value: 'shop' }],
      add: [{ name: 'x', value: '2' }],
      remove: ['via'],
    };
    const [filter] = compileFilters([spec], {
      random: createScriptedRandom(0),
      clock: createManualClock(),
      callBackend: undefined,
      mirror: () => undefined,
      accessChain,
      trafficLimits: accessChain,
      rateCounters: NO_COUNTERS,
      concurrencyLimits: accessChain,
      concurrencyGate: FREE_GATE,
      injectedFaults: accessChain,
      delayRoom: undefined,
      onFaultInjected: () => undefined,
    });
    const headers = HeaderList.of(['server', 'nginx'], ['via', 'a'], ['x', '1']);
    filter?.onResponse?.(createTestExchange(), { status: 200, headers, contentLength: 0 });
    expect([...headers.entries()]).toEqual([
      ['server', 'shop'],
      ['x', '1'],
      ['x', '2'],
    ]);
  });
});

describe('the URL rewrite', () => {
  it('changes host and path and keeps the query', () => {
    const spec: FilterSpec = { kind: 'urlRewrite', hostname: 'one.example.org', path: { kind: 'replaceFull', value: '/new' } };
    const { request } = run([spec], { init: { request: { path: '/old', query: 'q' } } }).exchange;
    expect([request.authority, request.host, request.path, request.query]).toEqual([
      'one.example.org',
      'one.example.org',
      '/new',
      'q',
    ]);
  });
});

describe('the request mirror', () => {
  const mirror = (numerator: number, denominator: number): RequestMirrorSpec => ({
    kind: 'requestMirror',
    backend: 'backend/shop/b/80',
    access: undefined,
    numerator,
    denominator,
  });

  it.each([
    [0, 100, 0, 0],
    [20, 100, 0.199, 1],
    [20, 100, 0.2, 0],
    [100, 100, 0.999, 1],
    [1, 3, 0.333, 1],
    [1, 3, 0.334, 0],
  ])('of %i in %i with the chance %f copies %i requests', (numerator, denominator, chance, expected) => {
    expect(run([mirror(numerator, denominator)], { chance }).mirrored).toHaveLength(expected);
  });

  it('mirrors nothing when its reference is broken, and lets the request go on', () => {
    expect(run([{ kind: 'requestMirror', backend: undefined, access: undefined, numerator: 1, denominator: 1 }])).toMatchObject({
      mirrored: [],
      reply: undefined,
    });
  });

  it('gets nothing that the policies of its Service have not admitted', () => {
    expect(run([{ ...mirror(1, 1), access: 'access/none' }])).toMatchObject({ mirrored: [], reply: undefined });
  });

  it('gets the request as it was changed for the backend, wherever it stands in the document', () => {
    const specs: readonly FilterSpec[] = [
      mirror(1, 1),
      { kind: 'urlRewrite', hostname: 'two.example', path: { kind: 'replaceFull', value: '/new' } },
      { ...NO_CHANGES, kind: 'requestHeaderModifier', set: [{ name: 'host', value: 'one.example' }] },
    ];
    expect(run(specs).mirrored).toEqual(['backend/shop/b/80 two.example/new']);
  });
});

describe('the order of filters', () => {
  it('judges a redirect by the host that the client sent', () => {
    const { reply } = run([
      { ...NO_CHANGES, kind: 'requestHeaderModifier', set: [{ name: 'host', value: 'inner.example' }] },
      { kind: 'requestRedirect', scheme: 'https', hostname: undefined, path: undefined, port: undefined, statusCode: 301 },
    ]);
    expect(reply?.headers.get('location')).toBe('https://shop.example/');
  });
});
