// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { DocumentSet } from '../documents/directory/document-set.ts';
import { parseDocuments } from '../documents/index.ts';
import type { Condition, Status } from './index.ts';
import { createCompiler } from './index.ts';

const API = 'apiVersion: gateway.networking.k8s.io/v1';
const WRITTEN = {
  'GatewayClass//edge': [
    `${API}\nkind: GatewayClass\nmetadata: {name: edge}\nspec: {controllerName: weir.dev/gateway-controller}\n`,
    'description: new',
  ],
  'Gateway/shop/edge': [
    `${API}\nkind: Gateway\nmetadata: {name: edge, namespace: shop}\nspec: {gatewayClassName: edge, listeners: [{name: a, port: 80, protocol: HTTP}]}\n`,
    'addresses: [{value: 127.0.0.1}]',
  ],
  'HTTPRoute/shop/cart': [
    `${API}\nkind: HTTPRoute\nmetadata: {name: cart, namespace: shop}\nspec: {parentRefs: [{name: edge}]}\n`,
    'hostnames: [shop.example]',
  ],
} as const;

const FILES: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(WRITTEN).map(([key, [text]]) => [key, text]));

/** Every generation that an object's conditions say they are about. */
function observed(status: Status | undefined): ReadonlySet<number> {
  const conditions: Condition[] = [];
  JSON.stringify(status, (key, value: unknown) => {
    if (key === 'conditions') conditions.push(...(value as readonly Condition[]));
    return value;
  });
  return new Set(conditions.map(({ observedGeneration }) => observedGeneration));
}

it.each(Object.entries(WRITTEN))('conditions of %s follow its spec, from generation 1 on', (key, [text, field]) => {
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] });
  const set = new DocumentSet();
  const observedAfter = (texts: Readonly<Record<string, string>>): ReadonlySet<number> => {
    set.update(Object.entries(texts).map(([path, written]) => ({ path, parsed: parseDocuments(written, path) })));
    return observed(compiler.update(new Map(set.documents)).statuses.get(key));
  };

  expect(observedAfter(FILES)).toEqual(new Set([1]));
  expect(observedAfter({ [key]: text.replace('metadata: {', 'metadata: {labels: {a: b}, ') })).toEqual(new Set([1]));
  expect(observedAfter({ [key]: text.replace('spec: {', `spec: {${field}, `) })).toEqual(new Set([2]));
  expect(observedAfter({ [key]: text.replace('metadata: {', 'metadata: {generation: 7, ') })).toEqual(new Set([7]));
});
