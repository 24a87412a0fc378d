// SPDX-License-Identifier: Apache-2.0
import { latencyBucket } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ANALYSIS_SETTINGS } from './analysis-settings.ts';
import { assess } from './assess.ts';
import type { AnalysisFacts, Condition, ExpressionResult, LatencyCondition, SuccessRateCondition } from './condition.ts';
import { RevisionTally } from './revision-tally.ts';
import { thresholdsOf } from './thresholds.ts';
import { outcomeOfAll, type Verdict } from './verdict.ts';

const DROP: SuccessRateCondition = { kind: 'successRate', minimumPercent: undefined, maximumDropPoints: 0.5 };
const MINIMUM: SuccessRateCondition = { kind: 'successRate', minimumPercent: 99, maximumDropPoints: undefined };
const RATIO: LatencyCondition = { kind: 'latency', quantile: 0.99, maximumMs: undefined, maximumRatio: 1.5 };
const MAXIMUM: LatencyCondition = { kind: 'latency', quantile: 0.99, maximumMs: 250, maximumRatio: undefined };

interface Counts {
  readonly succeeded: number;
  readonly failed?: number;
  /** Of which so many take 400 ms, and the others 100 ms. */
  readonly slow?: number;
}

function tallyOf({ succeeded, failed = 0, slow = 0 }: Counts): RevisionTally {
  const tally = new RevisionTally();
  const latencies = [
    [latencyBucket(100), succeeded - slow],
    [latencyBucket(400), slow],
  ] as const;
  tally.add({ succeeded, failed, statuses: [0, succeeded, 0, 0, failed], latencies });
  return tally;
}

function look(conditions: readonly Condition[], stable: Counts, candidate: Counts): Verdict {
  return assess({ conditions, settings: DEFAULT_ANALYSIS_SETTINGS, stable: tallyOf(stable), candidate: tallyOf(candidate) });
}

function wordsOf(condition: Condition, stable: Counts, candidate: Counts): readonly (string | undefined)[] {
  const [verdict] = look([condition], stable, candidate).conditions;
  return [verdict?.outcome, verdict?.words];
}

const GOOD = { succeeded: 9990, failed: 10 };

describe('a success rate', () => {
  it('fails beside a better one of stable, in words', () => {
    expect(wordsOf(DROP, { succeeded: 9980, failed: 20 }, { succeeded: 1169, failed: 35 })).toEqual([
      'fail',
      'success rate 97.1 % (stable 99.8 %) over 1,204 requests: worse than 0.5 points allowed',
    ]);
  });

  it('passes beside one of stable that is as bad', () => {
    expect(wordsOf(DROP, { succeeded: 98_000, failed: 2000 }, { succeeded: 98_000, failed: 2000 })).toEqual([
      'pass',
      'success rate 98 % (stable 98 %) over 100,000 requests: not worse than 0.5 points allowed',
    ]);
  });

  it('is left open where it may be either', () => {
    expect(wordsOf(DROP, GOOD, { succeeded: 996, failed: 4 })).toEqual([
      'undecided',
      'success rate 99.6 % (stable 99.9 %) over 1,000 requests: not clear yet whether worse than 0.5 points allowed',
    ]);
  });

  it('is held against a minimum without regard to stable', () => {
    expect(wordsOf(MINIMUM, { succeeded: 0 }, { succeeded: 940, failed: 60 })).toEqual([
      'fail',
      'success rate 94 % over 1,000 requests: below the 99 % asked for',
    ]);
    expect(wordsOf(MINIMUM, { succeeded: 0 }, { succeeded: 5000 })[0]).toBe('pass');
  });

  it('of which no failure is allowed fails by one, and never passes', () => {
    const none = { ...MINIMUM, minimumPercent: 100 };
    expect(wordsOf(none, { succeeded: 0 }, { succeeded: 999, failed: 1 })[0]).toBe('fail');
    expect(wordsOf(none, { succeeded: 0 }, { succeeded: 1_000_000 })[0]).toBe('undecided');
  });

  it('of two bounds has to keep both', () => {
    const both = { ...DROP, minimumPercent: 99 };
    expect(wordsOf(both, { succeeded: 9700, failed: 300 }, { succeeded: 97_000, failed: 3000 })).toEqual([
      'fail',
      'success rate 97 % (stable 97 %) over 100,000 requests: below the 99 % asked for; not clear yet whether worse than 0.5 points allowed',
    ]);
    expect(wordsOf(both, { succeeded: 99_900, failed: 100 }, { succeeded: 99_900, failed: 100 })[0]).toBe('pass');
  });
});

describe('a latency', () => {
  it('fails beside that of stable, in words', () => {
    const [outcome, words] = wordsOf(RATIO, { succeeded: 50_000, slow: 50 }, { succeeded: 5000, slow: 90 });
    expect(outcome).toBe('fail');
    expect(words).toBe(
      "p99 406 ms (stable 99 ms) over 5,000 requests: 1.8 % (stable 0.1 %) slower than 1.5 times stable's p99, 148 ms: more than allowed",
    );
  });

  it('passes beside that of stable', () => {
    expect(wordsOf(RATIO, { succeeded: 50_000, slow: 50 }, { succeeded: 5000, slow: 5 })[0]).toBe('pass');
  });

  it('is held against a maximum without regard to stable', () => {
    expect(wordsOf(MAXIMUM, { succeeded: 0 }, { succeeded: 1000, slow: 50 })).toEqual([
      'fail',
      'p99 406 ms over 1,000 requests: slower than the 250 ms allowed',
    ]);
    expect(wordsOf(MAXIMUM, { succeeded: 0 }, { succeeded: 3000 })).toEqual([
      'pass',
      'p99 99 ms over 3,000 requests: not slower than the 250 ms allowed',
    ]);
  });

  it('counts answers and not requests', () => {
    expect(wordsOf(MAXIMUM, GOOD, { succeeded: 0, failed: 5000 })[0]).toBe('notEnoughTraffic');
  });
});

describe('too little traffic', () => {
  it('lets nothing be said, however bad it looks', () => {
    expect(wordsOf(DROP, GOOD, { succeeded: 0, failed: 99 })).toEqual([
      'notEnoughTraffic',
      'success rate: too few requests yet (99 to the candidate), of 100 that it takes',
    ]);
    expect(wordsOf(RATIO, { succeeded: 20 }, { succeeded: 12 })[1]).toBe(
      'p99: too few requests yet (12 to the candidate, 20 to stable), of 100 that it takes',
    );
  });
});

describe('a condition with two bounds', () => {
  const NOTHING = { succeeded: 0 };

  it('is held to the one that needs no stable once all requests are the candidate’s', () => {
    const rate: Condition = { ...MINIMUM, maximumDropPoints: 0.5 };
    expect(wordsOf(rate, NOTHING, { succeeded: 900, failed: 100 })).toEqual([
      'fail',
      'success rate 90 % (stable unknown) over 1,000 requests: below the 99 % asked for; too few requests yet (0 to stable), of 100 that it takes',
    ]);
    const time: Condition = { ...MAXIMUM, maximumRatio: 1.5 };
    expect(wordsOf(time, NOTHING, { succeeded: 1000, slow: 100 })[0]).toBe('fail');
  });

  it('does not pass by that one alone', () => {
    expect(wordsOf({ ...MINIMUM, maximumDropPoints: 0.5 }, NOTHING, GOOD)[0]).toBe('notEnoughTraffic');
    expect(wordsOf({ ...MAXIMUM, maximumRatio: 1.5 }, NOTHING, GOOD)[0]).toBe('notEnoughTraffic');
    expect(wordsOf({ ...MINIMUM, maximumDropPoints: 0.5 }, GOOD, { succeeded: 5 })[1]).toBe(
      'success rate: too few requests yet (5 to the candidate), of 100 that it takes',
    );
  });
});

describe('an expression', () => {
  const expression = (holds: (facts: AnalysisFacts) => ExpressionResult, isCompared = true): Condition => ({
    ...{ kind: 'expression', text: 'x', isCompared, holds },
  });

  it('is what it says now', () => {
    const isFast = expression(({ stable, candidate }) => candidate.p99Ms <= stable.p99Ms && candidate.successPercent === 99.9);
    expect(wordsOf(isFast, GOOD, GOOD)).toEqual(['pass', 'x, over 10,000 requests: true']);
    expect(wordsOf(isFast, GOOD, { succeeded: 500 })).toEqual(['fail', 'x, over 500 requests: false']);
  });

  it('decides nothing where it cannot be computed', () => {
    const broken = expression(() => ({ problem: 'no such field' }));
    expect(wordsOf(broken, GOOD, GOOD)).toEqual(['undecided', 'x, over 10,000 requests: cannot be computed: no such field']);
  });

  it('is not asked about too little traffic', () => {
    const never = expression(() => {
      throw new Error('asked');
    });
    expect(wordsOf(never, GOOD, { succeeded: 5 })[0]).toBe('notEnoughTraffic');
    expect(wordsOf(never, { succeeded: 5 }, GOOD)[0]).toBe('notEnoughTraffic');
  });

  it('about the candidate alone needs none at stable, as once all requests are the candidate’s', () => {
    const isGood = expression(({ candidate }) => candidate.successPercent > 99.95, false);
    expect(wordsOf(isGood, { succeeded: 0 }, GOOD)[0]).toBe('fail');
  });
});

describe('all conditions', () => {
  it('fail if one does, pass if all do, and else say what is missing', () => {
    expect(outcomeOfAll(['pass', 'notEnoughTraffic', 'fail'])).toBe('fail');
    expect(outcomeOfAll(['pass', 'undecided', 'notEnoughTraffic'])).toBe('notEnoughTraffic');
    expect(outcomeOfAll(['pass', 'undecided'])).toBe('undecided');
    expect(outcomeOfAll(['pass', 'pass'])).toBe('pass');
    expect(outcomeOfAll([])).toBe('pass');
  });

  it('are told in their order', () => {
    const verdict = look([RATIO, DROP], { succeeded: 50_000, slow: 50 }, { succeeded: 4500, failed: 500, slow: 4 });
    expect(verdict.outcome).toBe('fail');
    expect(verdict.conditions.map(({ condition, outcome }) => [condition.kind, outcome])).toEqual([
      ['latency', 'pass'],
      ['successRate', 'fail'],
    ]);
  });

  it('share the rate of false aborts by their bounds, and not that of missed regressions', () => {
    const { logFail, logPass } = thresholdsOf([{ ...DROP, minimumPercent: 99 }, RATIO, MAXIMUM], DEFAULT_ANALYSIS_SETTINGS);
    expect(Math.exp(-logFail)).toBeCloseTo(0.01 / 4, 12);
    expect(Math.exp(-logPass)).toBeCloseTo(0.05, 12);
  });
});
