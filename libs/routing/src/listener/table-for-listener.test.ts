// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Attachment, PathMatch, RouteRule } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { tableForListener } from './table-for-listener.ts';

function ruleOf(name: string, path: PathMatch, attachments: readonly Attachment[]): RouteRule {
  return {
    kind: 'routeRule',
    routeKind: 'HTTPRoute',
    name: `rule/shop/${name}/0`,
    route: `shop/${name}`,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments,
    matches: [{ path, method: undefined, headers: [], query: [] }],
    action: {
      refusal: undefined,
      filters: [],
      backends: [],
      requestTimeoutMs: 0,
      attemptTimeoutMs: 0,
      retry: undefined,
      sessionPersistence: undefined,
    },
  };
}

const everyHost = { listener: 'shop/edge/http', hostnames: ['*'], access: undefined, traffic: undefined };

function find(rules: readonly RouteRule[], path: string, host = 'shop.example'): string | undefined {
  const table = tableForListener(rules, 'shop/edge/http', rule => rule.route);
  return table.find({ method: 'GET', host, path, query: undefined, headers: new HeaderList() })?.target;
}

describe('tableForListener', () => {
  it('has the rules that are attached to the listener, with the hostnames that they have there', () => {
    const here = ruleOf('here', { kind: 'prefix', value: '/' }, [
      { listener: 'shop/edge/http', hostnames: ['a.example', 'b.example'], access: undefined, traffic: undefined },
    ]);
    const elsewhere = ruleOf('elsewhere', { kind: 'exact', value: '/' }, [
      { listener: 'shop/edge/https', hostnames: ['*'], access: undefined, traffic: undefined },
    ]);
    expect(find([here, elsewhere], '/', 'a.example')).toBe('shop/here');
    expect(find([here, elsewhere], '/', 'b.example')).toBe('shop/here');
    expect(find([here, elsewhere], '/', 'c.example')).toBeUndefined();
  });

  it('compares paths in the form that requests have', () => {
    const rule = ruleOf('home', { kind: 'prefix', value: '/%7euser/caf%c3%a9' }, [everyHost]);
    expect(find([rule], '/~user/caf%C3%A9/menu')).toBe('shop/home');
  });

  it('keeps a path that no request can have, which then matches nothing', () => {
    expect(find([ruleOf('odd', { kind: 'exact', value: '/a b' }, [everyHost])], '/a')).toBeUndefined();
  });
});
