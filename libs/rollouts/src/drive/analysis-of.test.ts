// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { RevisionTally } from '../analysis/revision-tally.ts';
import { factsOf } from '../analysis/revision-facts.ts';
import { specOf } from '../advance/walk/rollout-lab.ts';
import type { RolloutSpec } from '../plan/rollout-plan.ts';
import { analysisOf } from './analysis-of.ts';
import { expressionOf } from './analysis-expression.ts';

type Analysis = NonNullable<RolloutSpec['analysis']>;

function planned(conditions: Analysis['conditions'], steps = 1) {
  const analysis: Analysis = {
    ...{ conditions, minimumRequests: 50, falseAbortPercent: 2, onNotEnoughTraffic: 'Wait', onUndecided: 'Continue' },
  };
  const spec = specOf({ strategy: { shadow: { percent: 100 } }, analysis });
  return analysisOf(spec, { steps, valueOf: (url, query) => (query === 'errors' ? 0.2 : undefined) });
}

function facts(succeeded: number, failed: number) {
  const tally = new RevisionTally();
  tally.add({ succeeded, failed, statuses: [], latencies: [[100, succeeded]] });
  return factsOf(tally);
}

describe('what a Rollout is judged by', () => {
  it('is nothing where nothing is written', () => {
    expect(analysisOf(specOf({ strategy: { shadow: { percent: 100 } } }), { steps: 1, valueOf: () => 1 })).toBeUndefined();
  });

  it('has durations in ms, shares of one, and an error rate that all steps share with what follows them', () => {
    expect(
      planned(
        [
          { name: 'errors', successRate: { maxDrop: 0.5 } },
          { name: 'slow', latency: { quantile: 99, max: '1s500ms' } },
        ],
        3,
      ),
    ).toMatchObject({
      settings: { minimumRequests: 50, falseAbort: 0.005 },
      conditions: [
        { kind: 'successRate', minimumPercent: undefined, maximumDropPoints: 0.5 },
        { kind: 'latency', quantile: 0.99, maximumMs: 1500, maximumRatio: undefined },
      ],
    });
  });

  it('asks a query for its value, which decides nothing while there is none', () => {
    const [known, unknown] = ['errors', 'other'].map(
      query =>
        planned([{ name: 'one', prometheus: { url: 'http://prometheus:9090', query, cel: 'value < 0.5' } }])?.conditions[0],
    );
    const both = { stable: facts(1, 0), candidate: facts(1, 0) };
    expect(known?.kind === 'expression' && known.holds(both)).toBe(true);
    expect(unknown?.kind === 'expression' && unknown.holds(both)).toEqual({
      problem: 'http://prometheus:9090 has given no value',
    });
  });
});

describe('an expression', () => {
  const both = { stable: facts(90, 10), candidate: facts(45, 5) };

  it.each([
    ['candidate.successPercent >= stable.successPercent - 1.0', true],
    ['candidate.failures > 4.0', true],
    ['candidate.requests == 50.0 && candidate.p99 < 1000.0', true],
    ['candidate.p50 > stable.p50', false],
  ])('of numbers: %s', (text, expected) => {
    expect(expressionOf(text).holds(both)).toBe(expected);
  });

  it.each([
    ['candidate.p99 < stable.p99', true],
    ['candidate.p99 < 500.0', false],
  ])('is about stable too, or not: %s', (text, expected) => {
    expect(expressionOf(text).isCompared).toBe(expected);
  });

  it.each(['candidate.', 'candidate.requests', 'nobody.requests > 1.0', 'value < 1.0'])('that says nothing: %s', text => {
    expect(expressionOf(text).holds(both)).toHaveProperty('problem');
  });
});
