// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CART, CART_URI } from './identity-lab.ts';
import {
  assertTrustDomain,
  formatShortName,
  formatSpiffeId,
  isSameSpiffeId,
  parseShortName,
  parseSpiffeId,
} from './spiffe-id.ts';

describe('a SPIFFE id', () => {
  it('is read from its URI', () => {
    expect(parseSpiffeId(CART_URI)).toEqual({ isValid: true, value: CART });
  });

  it('is read from its short form, in the trust domain of the reader', () => {
    expect(parseShortName('shop/cart', 'weir.local')).toEqual({ isValid: true, value: CART });
    expect(formatShortName(CART)).toBe('shop/cart');
  });

  it('comes back as it was written, whatever its parts', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const domain = fc.stringMatching(/^[a-z0-9._-]{1,30}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.'));
    fc.assert(
      fc.property(domain, label, name, (trustDomain, namespace, account) => {
        const id = { trustDomain, namespace, name: account };
        expect(parseSpiffeId(formatSpiffeId(id))).toEqual({ isValid: true, value: id });
      }),
    );
  });

  it('is never read from a text that it would not write', () => {
    const pieces = fc.constantFrom(
      'spiffe://',
      'weir.local',
      '/',
      'ns',
      'sa',
      'shop',
      'cart',
      '%2f',
      '..',
      ':443',
      '@',
      '?',
      '#',
      'A',
      ' ',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), found => {
        const text = found.join('');
        const id = parseSpiffeId(text);
        if (id.isValid) expect(formatSpiffeId(id.value)).toBe(text);
      }),
    );
  });

  it.each([
    ['', '"" does not begin with spiffe://: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME'],
    [
      'https://weir.local/ns/shop/sa/cart',
      '"https://weir.local/ns/shop/sa/cart" does not begin with spiffe://: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME',
    ],
    [
      'SPIFFE://weir.local/ns/shop/sa/cart',
      '"SPIFFE://weir.local/ns/shop/sa/cart" does not begin with spiffe://: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME',
    ],
    [
      'spiffe://weir.local/agent',
      '"spiffe://weir.local/agent" has another path: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME',
    ],
    [
      'spiffe://weir.local/ns/shop/sa/cart/',
      '"spiffe://weir.local/ns/shop/sa/cart/" has another path: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME',
    ],
    [
      'spiffe://weir.local/sa/cart/ns/shop',
      '"spiffe://weir.local/sa/cart/ns/shop" has another path: write spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME',
    ],
    [
      'spiffe://weir.local:443/ns/shop/sa/cart',
      'trust domain "weir.local:443" may have lower-case letters, digits, dots, dashes and underscores only, at most 255',
    ],
    [
      'spiffe://me@weir.local/ns/shop/sa/cart',
      'trust domain "me@weir.local" may have lower-case letters, digits, dots, dashes and underscores only, at most 255',
    ],
    [
      'spiffe:///ns/shop/sa/cart',
      'trust domain "" may have lower-case letters, digits, dots, dashes and underscores only, at most 255',
    ],
    ['spiffe://weir.local/ns/Shop/sa/cart', 'namespace "Shop" is no RFC 1123 label: write one such as shop'],
    ['spiffe://weir.local/ns/shop/sa/cart?x', 'name "cart?x" is no RFC 1123 name: write one such as checkout'],
    ['spiffe://weir.local/ns/shop/sa/%63art', 'name "%63art" is no RFC 1123 name: write one such as checkout'],
    ['spiffe://weir.local/ns/shop/sa/cart..x', 'name "cart..x" is no RFC 1123 name: write one such as checkout'],
    ['spiffe://weir.local/ns/shop/sa/cart\n', 'name "cart\\n" is no RFC 1123 name: write one such as checkout'],
  ])('is refused as %j', (text, reason) => {
    expect(parseSpiffeId(text)).toEqual({ isValid: false, reason });
  });

  it.each(['cart', 'shop/cart/x', 'shop/', '/cart', 'Shop/cart'])('has no short form %j', text => {
    expect(parseShortName(text, 'weir.local').isValid).toBe(false);
  });

  it('cuts what is quoted of a long text', () => {
    const found = parseSpiffeId('x'.repeat(10_000));
    expect(found.isValid ? '' : found.reason).toContain(`"${'x'.repeat(100)}…" does not begin`);
  });

  it('is not written with parts that could stand for something else', () => {
    expect(() => formatSpiffeId({ ...CART, namespace: 'shop/sa/x' })).toThrow('namespace "shop/sa/x" is no RFC 1123 label');
  });

  it('is the same only with all of its parts', () => {
    expect(isSameSpiffeId(CART, { ...CART })).toBe(true);
    for (const part of ['trustDomain', 'namespace', 'name']) {
      expect(isSameSpiffeId(CART, { ...CART, [part]: 'other' })).toBe(false);
    }
  });
});

describe('a trust domain', () => {
  it.each(['weir.local', 'a', 'prod_1.example-mesh'])('may be %s', name => {
    expect(() => assertTrustDomain(name)).not.toThrow();
  });

  it.each(['', 'Weir.local', 'weir local', 'a/b', 'x'.repeat(256)])('may not be %j', name => {
    expect(() => assertTrustDomain(name)).toThrow('may have lower-case letters');
  });
});
