// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderRollouts } from './render-rollouts.ts';
import { ABORTED, ANALYSED, LATE, STABLE } from './sample-views.ts';

const VIEWS = [ABORTED, ANALYSED, LATE, { ...STABLE, name: 'stock' }];
const paint = createPaint(false);

it('has what they wait for below them at 80 columns', () => {
  expect(renderRollouts(VIEWS, { columns: 80, paint })).toBe(`\
NAMESPACE/NAME  PHASE        STEP  WEIGHT  STABLE → CANDIDATE         PROXIES
shop/checkout   Aborted      0/5   0 %     checkout-v1 → checkout-v2  43/43
    checkout-v2 has no requests, checkout-v1 has all: errors. Waits for retry,…
shop/checkout   Progressing  2/5   5 %     checkout-v1 → checkout-v2  43/43
    Analysis for 5m: until 2026-01-31T14:08:02Z at the latest.
shop/checkout   Progressing  3/5   50 %    checkout-v1 → checkout-v2  41/43
    shop/web/10.0.0.7:8080 has not taken this within 30s; waits until they have…
shop/stock      Stable       -     -       checkout-v2                -
    checkout-v2 has all requests.
`);
});

it('has what they wait for beside them at 120 columns', () => {
  expect(renderRollouts(VIEWS, { columns: 120, paint })).toBe(`\
NAMESPACE/NAME  PHASE        STEP  WEIGHT  STABLE → CANDIDATE         PROXIES  WAITS FOR
shop/checkout   Aborted      0/5   0 %     checkout-v1 → checkout-v2  43/43    checkout-v2 has no requests, checkout-v1…
shop/checkout   Progressing  2/5   5 %     checkout-v1 → checkout-v2  43/43    Analysis for 5m: until 2026-01-31T14:08:…
shop/checkout   Progressing  3/5   50 %    checkout-v1 → checkout-v2  41/43    shop/web/10.0.0.7:8080 has not taken thi…
shop/stock      Stable       -     -       checkout-v2                -        checkout-v2 has all requests.
`);
});

it('shows one that nothing is known of yet', () => {
  expect(renderRollouts([{ ...ANALYSED, state: undefined }], { columns: 80, paint })).toContain(
    'shop/checkout   -      -     -       -                   -\n    Nothing has been looked at yet.\n',
  );
});
