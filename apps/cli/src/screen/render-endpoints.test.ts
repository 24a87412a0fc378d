// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderEndpoints } from './render-endpoints.ts';

const paint = createPaint(false);
const CART = { backend: 'shop/cart:80', availableCount: 2, count: 3 };

it.each([
  [
    { endpoint: '10.0.0.7:8080', kind: 'ejected', reason: 'consecutive_5xx', forMs: 30_000 },
    'unavailable: shop/cart:80 endpoint 10.0.0.7:8080 is ejected for 30s: it failed too often in a row (2 of 3 endpoints are available)\n',
  ],
  [
    { endpoint: '10.0.0.7:8080', kind: 'unhealthy', detail: 'it answers 503 instead of 200 to 299' },
    'unavailable: shop/cart:80 endpoint 10.0.0.7:8080 fails its health checks: it answers 503 instead of 200 to 299 (2 of 3 endpoints are available)\n',
  ],
  [
    { endpoint: '10.0.0.7:8080', kind: 'readmitted' },
    'available again: shop/cart:80 endpoint 10.0.0.7:8080 is no longer ejected (2 of 3 endpoints are available)\n',
  ],
] as const)('says %j', (change, text) => {
  expect(renderEndpoints({ ...CART, changes: [change] }, paint)).toBe(text);
});

it('counts those beyond the first three', () => {
  const changes = Array.from({ length: 5 }, (_, index) => ({ endpoint: `10.0.0.${index}:1`, kind: 'healthy' }) as const);
  const lines = renderEndpoints({ ...CART, changes }, paint).split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[3]).toBe('    and 2 more of shop/cart:80');
});
