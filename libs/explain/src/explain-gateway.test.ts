// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { AccessRule, Resource } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { explain } from './explain.ts';
import { accessPolicyOf, backendOf, chainOf, matchOf, portOf, ruleOf, snapshotOf } from './sample/sample-snapshot.ts';

const ANYBODY: AccessRule = {
  name: 'anybody',
  ...{ methods: undefined, paths: undefined, headers: undefined, consumers: undefined, groups: undefined, claims: undefined },
  ...{ addresses: undefined, certificates: undefined, identities: undefined, cel: undefined },
};
const port = portOf(8080, '*');
const route = ruleOf('cart', { matches: [matchOf('/')] });
const guarded = { ...route, attachments: route.attachments.map(one => ({ ...one, access: 'access/named' as const })) };
/** The Gateway has proxies of its own. */
const own: Resource = { kind: 'gateway', name: 'gateway/shop/edge', identity: 'shop/edge-weir', ports: [port.name] };

/** What becomes of a request where a policy allows one identity. */
function answerTo(identity: string, ...resources: readonly Resource[]): string {
  return answerAt({ port, guarded }, identity, resources);
}

function answerAt(place: Record<'guarded' | 'port', Resource>, identity: string, resources: readonly Resource[]): string {
  const policy = accessPolicyOf('shop/named', { allowRules: [{ ...ANYBODY, identities: [identity] }] });
  const chain = chainOf('access/named', 'shop/named');
  const snapshot = snapshotOf(place.port, place.guarded, backendOf('cart', 9000), chain, policy, ...resources);
  return explain(snapshot, { method: 'GET', url: 'http://shop.example:8080/', headers: new HeaderList() }).answer.kind;
}

it('a rule that names a gateway lets in what comes through it, whoever its proxies are', () => {
  expect(answerTo('weir-system/gateway')).toBe('forwarded');
  expect(answerTo('shop/edge-weir')).toBe('refused');
  expect(answerTo('shop/edge-weir', own)).toBe('forwarded');
  expect(answerTo('weir-system/gateway', own)).toBe('refused');
});

it.each(['inbound', 'mesh'])('a Gateway in a namespace that is called %s is a gateway', namespace => {
  const listener = `${namespace}/edge/http`;
  const place = {
    port: { ...port, listeners: port.listeners.map(one => ({ ...one, name: listener })) },
    guarded: { ...guarded, attachments: guarded.attachments.map(one => ({ ...one, listener })) },
  };
  expect(answerAt(place, 'weir-system/gateway', [])).toBe('forwarded');
});
