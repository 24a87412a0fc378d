// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import { describe, expect, it } from 'vitest';
import { adminPathOf, findProxy } from './find-proxy.ts';

function proxy(name: string): ApiResources['proxy'] {
  return { proxy: name, state: 'idle', protocol: 1, resourceCount: 1, refusalCount: 0, isAskable: true };
}

const PROXIES = ['shop/cart/10.0.0.7:80', 'shop/cart/10.0.0.8:80', 'shop/cart-old/x', 'shop/web/shop/web'].map(proxy);

describe('the proxy that is meant', () => {
  it.each([
    ['shop/cart/10.0.0.8:80', 'shop/cart/10.0.0.8:80'],
    ['shop/cart-old', 'shop/cart-old/x'],
    ['shop/web', 'shop/web/shop/web'],
  ])('%s is %s', (text, name) => {
    expect(findProxy(PROXIES, text).proxy).toBe(name);
  });

  it('is named whole where there are several', () => {
    expect(() => findProxy(PROXIES, 'shop/cart')).toThrow(
      'shop/cart may be one of several; write the whole name:\n    shop/cart/10.0.0.7:80\n    shop/cart/10.0.0.8:80',
    );
  });

  it('is the same one twice while it comes back', () => {
    expect(findProxy([...PROXIES, proxy('shop/cart-old/x')], 'shop/cart-old').proxy).toBe('shop/cart-old/x');
  });

  it('is none where no name begins so', () => {
    expect(() => findProxy(PROXIES, 'shop/car')).toThrow('no proxy is connected as shop/car:\n    shop/cart/10.0.0.7:80');
    expect(() => findProxy([], 'shop/cart')).toThrow('no proxy is connected as shop/cart; no proxy is connected at all');
    const many = Array.from({ length: 10 }, (_, i) => proxy(`shop/stock/${i}`));
    expect(() => findProxy(many, 'x')).toThrow(/\/7\n {4}and 2 more$/v);
  });
});

it('has its admin side where the API says, whatever is in its name', () => {
  expect(adminPathOf(proxy('shop/web/[::1]:80,a/b'), '/status')).toBe(
    '/proxies/shop/web/%5B%3A%3A1%5D%3A80%2Ca%2Fb/admin/status',
  );
  expect(adminPathOf(proxy('shop/web/x'), 'snapshot')).toBe('/proxies/shop/web/x/admin/snapshot');
});
