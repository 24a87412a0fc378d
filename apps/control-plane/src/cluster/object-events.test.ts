// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { notRead } from './object-events.ts';

const problem = {
  severity: 'error',
  code: 'unknown-field',
  message: 'unknown field `hots`',
  hint: 'did you mean `host`?',
} as const;

it('is about the object that cannot be read', () => {
  expect(notRead({ ...problem, object: 'HTTPRoute shop/cart', path: 'spec.hots' })).toMatchObject({
    about: { resource: { plural: 'httproutes' }, namespace: 'shop', name: 'cart' },
    reason: 'NotRead',
    note: 'spec.hots: unknown field `hots`; did you mean `host`?; what it said before stays in force',
  });
  expect(notRead({ ...problem, object: 'GatewayClass weir' })).toMatchObject({
    about: { resource: { plural: 'gatewayclasses' }, namespace: '', name: 'weir' },
  });
  expect(notRead({ ...problem, object: 'Widget shop/cart' })).toBeUndefined();
  expect(notRead(problem)).toBeUndefined();
});
