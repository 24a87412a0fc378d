// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { parseObject } from './parse-object.ts';

it.each([
  ['HTTPRoute/shop/cart', '/objects/HTTPRoute/shop/cart', 'HTTPRoute/shop/cart'],
  ['httproute/cart', '/objects/HTTPRoute/default/cart', 'HTTPRoute/default/cart'],
  ['gatewayclass/weir', '/objects/GatewayClass/-/weir', 'GatewayClass/weir'],
])('%s is an object', (text, path, words) => {
  expect(parseObject(text)).toEqual({ path, text: words });
});

it.each(['cart', 'Deployment/shop/cart', 'HTTPRoute', 'HTTPRoute/', 'HTTPRoute/a/b/c', 'GatewayClass/a/b'])(
  '%s is none',
  text => {
    expect(() => parseObject(text)).toThrow(/write KIND\/NAMESPACE\/NAME/);
  },
);
