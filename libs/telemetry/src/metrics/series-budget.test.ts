// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createRegistry } from './registry.ts';
import type { Registry } from './registry.ts';
import { renderMetrics } from './render-metrics.ts';
import { DEFAULT_MAX_TIME_SERIES, SeriesBudget } from './series-budget.ts';

const samples = (page: string): readonly string[] => page.split('\n').filter(line => line !== '' && !line.startsWith('#'));

/** Counts one request with each of some routes, and how long it took. */
function serve(registry: Registry, routes: readonly number[]): void {
  for (const route of routes) {
    const way = ['edge', `route-${route}`, 'shop'] as const;
    registry.counter('weir_http_requests_total', [...way, 'GET', '200']).add(1);
    registry.counter('weir_http_request_bytes_total', way).add(10);
    registry.histogram('weir_http_request_duration_seconds', way).observe(0.002);
  }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Of all samples of a name, label text and value. */
function valuesOf(page: string, name: string): ReadonlyMap<string, number> {
  const found = samples(page).flatMap(line => {
    const [, labels = '', value = ''] = new RegExp(`^${name}\\{(.*)\\} (\\S+)$`).exec(line) ?? [];
    return labels === '' ? [] : [[labels, Number(value)] as const];
  });
  return new Map(found);
}

const total = (page: string, name: string): number => [...valuesOf(page, name).values()].reduce((sum, value) => sum + value, 0);

describe('a budget of time series', () => {
  it('changes nothing where all fits', () => {
    const registry = createRegistry();
    serve(registry, upTo(20));
    expect(renderMetrics([registry.dump()], new SeriesBudget())).toBe(renderMetrics([registry.dump()]));
  });

  it('is kept with thousands of routes in several threads, and no request is lost', () => {
    const threads = [createRegistry(), createRegistry()];
    threads.forEach((registry, index) => serve(registry, upTo(1_500 * (index + 1))));
    const page = renderMetrics(
      threads.map(registry => registry.dump()),
      new SeriesBudget(),
    );
    expect(samples(page).length).toBeLessThanOrEqual(DEFAULT_MAX_TIME_SERIES);
    expect(total(page, 'weir_http_requests_total')).toBe(4_500);
    expect(total(page, 'weir_http_request_bytes_total')).toBe(45_000);
    expect(total(page, 'weir_http_request_duration_seconds_count')).toBe(4_500);
  });

  it('leaves room for the counts of routes whose histogram has none', () => {
    const registry = createRegistry();
    serve(registry, upTo(200));
    const page = renderMetrics([registry.dump()], new SeriesBudget());
    expect(valuesOf(page, 'weir_http_requests_total').size).toBe(200);
    expect([...valuesOf(page, 'weir_http_request_duration_seconds_count').keys()].at(-1)).toContain('_overflow');
  });

  it('shows for ever what it showed once: a count never falls', () => {
    const [registry, late] = [createRegistry(), createRegistry()];
    const budget = new SeriesBudget();
    serve(registry, upTo(3_000).slice(1_000));
    const before = valuesOf(renderMetrics([registry.dump()], budget), 'weir_http_requests_total');
    serve(late, upTo(3_000));
    const after = valuesOf(renderMetrics([late.dump(), registry.dump()], budget), 'weir_http_requests_total');
    for (const [labels, value] of before) expect(after.get(labels)).toBeGreaterThanOrEqual(value);
    expect(after.size).toBe(before.size);
  });

  it('takes nothing out of the overflow again when a place becomes free', () => {
    const [registry, gauges] = [createRegistry(), createRegistry()];
    for (const index of upTo(100)) gauges.gauge('weir_certificate_expiry_timestamp_seconds', ['secret', `s-${index}`]).set(1);
    serve(registry, upTo(300));
    const budget = new SeriesBudget(400);
    const name = 'weir_http_requests_total';
    const overflow = (page: string): number =>
      [...valuesOf(page, name)].find(([labels]) => labels.includes('_overflow'))?.[1] ?? 0;
    renderMetrics([gauges.dump()], budget);
    const before = overflow(renderMetrics([gauges.dump(), registry.dump()], budget));
    expect(before).toBeGreaterThan(0);
    expect(overflow(renderMetrics([registry.dump()], budget))).toBe(before);
  });

  it('gives the place of a series that is no more to another', () => {
    const budget = new SeriesBudget(300);
    const page = (first: number): string => {
      const registry = createRegistry();
      for (const index of upTo(300)) {
        registry.gauge('weir_certificate_expiry_timestamp_seconds', ['secret', `s-${first + index}`]).set(1);
      }
      return renderMetrics([registry.dump()], budget);
    };
    const name = 'weir_certificate_expiry_timestamp_seconds';
    expect(valuesOf(page(0), name).has('kind="secret",name="s-0"')).toBe(true);
    expect(valuesOf(page(1_000), name).has('kind="secret",name="s-1000"')).toBe(true);
  });
});
