// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { RouteRule } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileFilters } from './compile-filters.ts';
import { FREE_GATE } from './concurrency-limit/free-gate.ts';
import type { RateCounters } from './rate-limit/rate-counters.ts';

const NAMES = ['X-A', 'x-b', 'Host', 'host', 'Connection', 'Content-Length', 'TE', 'Upgrade', 'Keep-Alive', 'Trailer', 'Cookie'];
const VALUES = ['a', 'a b', 'shop.example', 'shop.example:8080', 'shop.example:port', '[::1]:80', 'user@shop.example', '100%'];
const PATHS = ['/a', '/a/b/', '', '/', '/a/../b', '/a//b', '/a?b=c', '/a%2f..', 'a', '/%zz', '/a#b'];

const name = fc.constantFrom(...NAMES);
const fields = fc.uniqueArray(fc.record({ name, value: fc.constantFrom(...VALUES) }), {
  maxLength: 2,
  selector: field => field.name.toLowerCase(),
});
const changes = fc.record({ set: fields, add: fields, remove: fc.uniqueArray(name, { maxLength: 2 }) });
const path = fc.oneof(
  fc.record({ type: fc.constant('ReplaceFullPath'), replaceFullPath: fc.constantFrom(...PATHS) }),
  fc.record({ type: fc.constant('ReplacePrefixMatch'), replacePrefixMatch: fc.constantFrom(...PATHS) }),
);
const hostname = fc.constantFrom(undefined, 'shop.example', 'shop.example.', '127.0.0.1', 'a_b');
const filter = fc.oneof(
  changes.map(requestHeaderModifier => ({ type: 'RequestHeaderModifier', requestHeaderModifier })),
  changes.map(responseHeaderModifier => ({ type: 'ResponseHeaderModifier', responseHeaderModifier })),
  fc.record({ hostname, path }).map(urlRewrite => ({ type: 'URLRewrite', urlRewrite })),
  fc.record({ hostname, path }).map(requestRedirect => ({ type: 'RequestRedirect', requestRedirect })),
);

/** The only rule of a route with this filter; undefined where the document itself is refused. */
function compiledRule(written: unknown): RouteRule | undefined {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const metadata = { name: 'edge' };
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  const rules = [{ matches: [{ path: { value: '/shop' } }], filters: [written] }];
  const texts = [
    { apiVersion, kind: 'Gateway', metadata, spec: { gatewayClassName: 'weir', listeners } },
    { apiVersion, kind: 'HTTPRoute', metadata, spec: { parentRefs: [metadata], rules } },
  ].map(object => JSON.stringify(object));
  const documents = texts.flatMap(text => parseDocuments(text, 'a.json').documents);
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] });
  const { snapshot } = compiler.update(new Map(documents.map(document => [documentKey(document), document])));
  return [...snapshot.resources.values()].find(resource => resource.kind === 'routeRule');
}

const NO_COUNTERS: RateCounters = {
  prepare: () => ({ policyField: '', store: undefined }),
  admit: () => expect.unreachable(),
  retainStores: () => undefined,
  wentWithoutStore: () => undefined,
};

const accessChain = (chain: string): { name: string; current: undefined } => ({ name: chain, current: undefined });

/** Whether the filters answer a request with 500 because they cannot do what is written. */
function refuses({ action }: RouteRule): boolean {
  const exchange = createTestExchange({ request: { path: '/shop/1' } });
  exchange.matchedPrefix = '/shop';
  try {
    const running = compileFilters(action.filters, {
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
    for (const each of running) void each.onRequest?.(exchange);
    return false;
  } catch (error) {
    return error instanceof Fault && error.code === 'filter_unsupported';
  }
}

it('refuses no request by a filter that the status of its route calls accepted', () => {
  let servedCount = 0;
  let refusedCount = 0;
  fc.assert(
    fc.property(filter, written => {
      const rule = compiledRule(written);
      if (rule === undefined) return;
      if (rule.action.refusal === undefined) servedCount++;
      else refusedCount++;
      expect(rule.action.refusal !== undefined || !refuses(rule)).toBe(true);
    }),
    { numRuns: 1000, seed: 7 },
  );
  // Both kinds came up, or the property would say nothing.
  expect(Math.min(servedCount, refusedCount)).toBeGreaterThan(100);
});
