// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import { expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderObjects, renderSummary } from './render-status.ts';

const paint = createPaint(false);

const route: ApiResources['object'] = {
  key: 'HTTPRoute/shop/cart',
  kind: 'HTTPRoute',
  namespace: 'shop',
  name: 'cart',
  source: 'route.yaml:1',
  resourceCount: 2,
  since: '2026-01-01T00:00:00.000Z',
  proxies: {
    needing: 7,
    having: 2,
    waiting: ['shop/a/1', 'shop/b/1', 'shop/c/1', 'shop/d/1'],
    refusing: [{ proxy: 'shop/e/1', resource: 'rule/shop/cart/0', reason: 'no such filter', since: '2026-01-01T00:00:01.000Z' }],
  },
  programmed: { status: 'false', of: 7, acked: 2, waiting: [], gone: ['shop/f/1'], unheard: ['replica weir-1 does not answer'] },
};

it('shows who has an object, who refuses it and why, and who is waited for', () => {
  const service: ApiResources['object'] = {
    ...route,
    key: 'Service/shop/stock',
    since: undefined,
    proxies: { needing: 1, having: 1, waiting: [], refusing: [] },
    programmed: undefined,
  };
  expect(renderObjects([route, service], paint)).toBe(`\
OBJECT               HAVE  PROGRAMMED  SINCE
HTTPRoute/shop/cart  2/7   False       2026-01-01T00:00:00.000Z
    refused by shop/e/1 since 2026-01-01T00:00:01.000Z: no such filter (rule/shop/cart/0)
    waiting for shop/a/1, shop/b/1, shop/c/1 and 1 more
    not known: replica weir-1 does not answer
    gone without it shop/f/1
Service/shop/stock   1/1   -           -
`);
});

it('says why an object cannot be read', () => {
  const unread = 'it cannot be read: spec.tomorrow: unknown field `tomorrow` in `spec`';
  const proxies = { needing: 1, having: 1, waiting: [], refusing: [] };
  const policy = { ...route, key: 'AccessPolicy/shop/people', since: undefined, proxies, programmed: undefined, unread };
  expect(renderObjects([policy], paint)).toContain(`\n    stands in for what is written: ${unread}\n`);
});

it('says how many are connected, and what is wrong', () => {
  const summary = { trustDomain: 'weir.local', version: 1, resourceCount: 0, objectCount: 0, ignoredCount: 0 };
  expect(renderSummary({ ...summary, proxyCount: 1, errorCount: 0, warningCount: 0 }, paint)).toBe(
    '1 proxy connected, trust domain weir.local\n',
  );
  expect(renderSummary({ ...summary, proxyCount: 2, errorCount: 1, warningCount: 2 }, paint)).toBe(
    '2 proxies connected, trust domain weir.local, 1 error and 2 warnings\n',
  );
});
