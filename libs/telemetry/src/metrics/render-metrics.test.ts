// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeDumps, withoutGauges } from './merge-dumps.ts';
import { METRICS } from './metric-table.ts';
import { createRegistry } from './registry.ts';
import { renderMetrics } from './render-metrics.ts';

describe('the metrics page', () => {
  it('is empty before anything is counted', () => {
    expect(renderMetrics([createRegistry().dump()])).toBe('');
  });

  it('adds the counts of all threads and escapes label values', () => {
    const [first, second] = [createRegistry(), createRegistry()];
    first.counter('weir_connections_opened_total', ['shop/edge/http']).add(2);
    second.counter('weir_connections_opened_total', ['shop/edge/http']).add(3);
    second.counter('weir_connections_opened_total', ['a"\\\nb']).add(1);
    expect(renderMetrics([first.dump(), second.dump()])).toBe(
      '# HELP weir_connections_opened_total Connections accepted from clients.\n' +
        '# TYPE weir_connections_opened_total counter\n' +
        'weir_connections_opened_total{port="shop/edge/http"} 5\n' +
        'weir_connections_opened_total{port="a\\"\\\\\\nb"} 1\n',
    );
  });

  it('shows the configuration version that every worker has reached', () => {
    const dumps = [7, 6].map(version => {
      const registry = createRegistry();
      registry.gauge('weir_config_version', []).set(version);
      return registry.dump();
    });
    expect(renderMetrics(dumps)).toContain('\nweir_config_version 6\n');
  });

  it('writes histograms with cumulative buckets', () => {
    const registry = createRegistry();
    const delays = registry.histogram('weir_event_loop_delay_seconds', []);
    for (const seconds of [0, 0.001, 0.0011, 0.25, 7]) delays.observe(seconds);
    const lines = renderMetrics([registry.dump()]).split('\n');
    expect(lines.slice(2, 5)).toEqual([
      'weir_event_loop_delay_seconds_bucket{le="0.001"} 2',
      'weir_event_loop_delay_seconds_bucket{le="0.002"} 3',
      'weir_event_loop_delay_seconds_bucket{le="0.005"} 3',
    ]);
    expect(lines.slice(-6, -1)).toEqual([
      'weir_event_loop_delay_seconds_bucket{le="0.5"} 4',
      'weir_event_loop_delay_seconds_bucket{le="1"} 4',
      'weir_event_loop_delay_seconds_bucket{le="+Inf"} 5',
      'weir_event_loop_delay_seconds_sum 7.2521',
      'weir_event_loop_delay_seconds_count 5',
    ]);
  });

  it('loses no observation, however they are spread over threads', () => {
    const observations = fc.array(fc.array(fc.integer({ min: 0, max: 100_000 })), { maxLength: 4 });
    fc.assert(
      fc.property(observations, threads => {
        const dumps = threads.map(values => {
          const registry = createRegistry();
          for (const value of values) registry.histogram('weir_http_request_duration_seconds', ['l', 'r', 'b']).observe(value);
          return registry.dump();
        });
        const all = threads.flat();
        const page = renderMetrics([structuredClone(mergeDumps(dumps))]);
        expect(page).toBe(renderMetrics(dumps));
        if (all.length === 0) return;
        expect(page).toContain(`_count{listener="l",route="r",backend="b"} ${all.length}\n`);
        expect(page).toContain(`_sum{listener="l",route="r",backend="b"} ${all.reduce((sum, value) => sum + value, 0)}\n`);
      }),
    );
  });
});

describe('the registry', () => {
  it('counts what comes after the limit in one series', () => {
    const registry = createRegistry(2);
    for (const listener of ['a', 'b', 'c', 'd', 'a']) registry.counter('weir_connections_opened_total', [listener]).add(1);
    expect(renderMetrics([registry.dump()]).split('\n').slice(2, -1)).toEqual([
      'weir_connections_opened_total{port="a"} 2',
      'weir_connections_opened_total{port="b"} 1',
      'weir_connections_opened_total{port="_overflow"} 2',
    ]);
  });

  it('keeps the totals of a thread that ended, and not what it had open', () => {
    const registry = createRegistry();
    registry.counter('weir_connections_opened_total', ['a']).add(1);
    registry.gauge('weir_connections_active', ['a']).add(1);
    expect(withoutGauges(registry.dump()).map(({ name }) => name)).toEqual(['weir_connections_opened_total']);
  });
});

describe('the table of metrics', () => {
  it.each(Object.entries(METRICS))('names %s by Prometheus rules', (name, { type, help, labels }) => {
    expect(name).toMatch(/^weir_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(labels).not.toContain('le');
  });
});
