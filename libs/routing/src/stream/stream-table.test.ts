// SPDX-License-Identifier: Apache-2.0
import type { StreamRule } from '@weir/policy/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHostnames, coversHost } from '../hostname/covers-host.ts';
import { entryFromStreamRule, StreamTable } from './stream-table.ts';
import type { StreamEntry } from './stream-table.ts';

function ruleOf(route: string, parts: { hostnames?: readonly string[]; createdMs?: number; index?: number } = {}): StreamRule {
  const { hostnames = ['*'], createdMs = 0, index = 0 } = parts;
  return {
    kind: 'streamRule',
    name: `stream-rule/TLSRoute/${route}/${index}`,
    routeKind: 'TLSRoute',
    route,
    rule: String(index),
    createdMs,
    index,
    attachments: [{ listener: 'ns/edge/tls', hostnames, access: undefined, traffic: undefined }],
    backends: [],
  };
}

function tableOf(...rules: readonly StreamRule[]): StreamTable<string> {
  return new StreamTable(rules.flatMap(rule => entryFromStreamRule(rule, 'ns/edge/tls', rule.route) ?? []));
}

describe('StreamTable', () => {
  const table = tableOf(
    ruleOf('ns/exact', { hostnames: ['db.shop.example'] }),
    ruleOf('ns/near', { hostnames: ['*.shop.example'] }),
    ruleOf('ns/far', { hostnames: ['*.example', 'example'] }),
    ruleOf('ns/any'),
  );

  it.each([
    ['db.shop.example', 'ns/exact'],
    ['db.shop.example.', 'ns/exact'],
    ['a.db.shop.example', 'ns/near'],
    ['shop.example', 'ns/far'],
    ['example', 'ns/far'],
    ['elsewhere.test', 'ns/any'],
    ['', 'ns/any'],
  ])('gives %j to the most specific hostname: %s', (serverName, route) => {
    expect(table.find(serverName)?.target).toBe(route);
  });

  it('gives a name that nobody covers to nobody', () => {
    const narrow = tableOf(ruleOf('ns/a', { hostnames: ['*.shop.example'] }));
    expect(narrow.find('shop.example')).toBeUndefined();
    expect(narrow.find('')).toBeUndefined();
  });

  it('prefers the older route, then the first name, then the first rule', () => {
    expect(tableOf(ruleOf('ns/a', { createdMs: 2 }), ruleOf('ns/b', { createdMs: 1 })).find('')?.target).toBe('ns/b');
    expect(tableOf(ruleOf('ns/b'), ruleOf('ns/a')).find('')?.target).toBe('ns/a');
    expect(tableOf(ruleOf('ns/a', { index: 1 }), ruleOf('ns/a')).find('')?.index).toBe(0);
  });

  it('does not hold rules of other listeners', () => {
    expect(entryFromStreamRule(ruleOf('ns/a'), 'ns/edge/other', 'x')).toBeUndefined();
  });

  it('finds what comparing every hostname finds', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.'));
    const hostname = fc.oneof(
      name,
      name.map(rest => `*.${rest}`),
      fc.constant('*'),
    );
    fc.assert(
      fc.property(fc.array(hostname, { maxLength: 6 }), fc.oneof(name, fc.constant('')), (hostnames, serverName) => {
        const rules = hostnames.map((each, i) => ruleOf(`ns/${i}`, { hostnames: [each] }));
        const covering = hostnames.filter(each => coversHost(each, serverName)).sort(compareHostnames);
        const found: StreamEntry<string> | undefined = tableOf(...rules).find(serverName);
        expect(found?.hostnames[0]).toBe(covering[0]);
      }),
    );
  });
});
