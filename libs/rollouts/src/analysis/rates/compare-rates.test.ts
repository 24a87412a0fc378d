// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShownAbove, isShownBelow, type AllowedRate, type ComparedRates } from './compare-rates.ts';
import { evidenceOf, logEvidenceAgainst, priorAround, rateOf, type Sample } from './rate-evidence.ts';

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const PRIOR = priorAround(0.01);
const LOG_FAIL = Math.log(100);
const LOG_PASS = Math.log(20);

function ratesOf(stable: Sample, candidate: Sample, allowed: AllowedRate): ComparedRates {
  return { stable: evidenceOf(stable, PRIOR), candidate: evidenceOf(candidate, PRIOR), allowed };
}

const sample = fc
  .record({ total: fc.integer({ min: 1, max: 5000 }), share: fc.double({ min: 0, max: 0.2, noNaN: true }) })
  .map(({ total, share }) => ({ total, hits: Math.round(share * total) }));
const allowedRate = fc.constantFrom({ slope: 1, offset: 0.005 }, { slope: 1, offset: 0.05 }, { slope: 0.5, offset: 0.005 });

const MOST_RATE = 0.45;

function evidenceAgainst({ stable, candidate }: ComparedRates, [ofStable, ofCandidate]: readonly [number, number]): number {
  const [one, other] = [logEvidenceAgainst(stable, ofStable), logEvidenceAgainst(candidate, ofCandidate)];
  return Math.log((Math.exp(one) + Math.exp(other) + Math.exp(one + other)) / 3);
}

function leastOnLine(rates: ComparedRates): number {
  const { slope, offset } = rates.allowed;
  let least = Infinity;
  for (let i = 0; i <= 10_000; i++) {
    const ofStable = (i / 10_000) * MOST_RATE;
    least = Math.min(least, evidenceAgainst(rates, [ofStable, slope * ofStable + offset]));
  }
  return least;
}

/** Of all pairs of rates of a grid that are allowed, or of all that are not. */
function leastBeyondLine(rates: ComparedRates, isAllowed: boolean): number {
  const { slope, offset } = rates.allowed;
  let least = Infinity;
  for (let i = 0; i <= 200; i++) {
    for (let j = 0; j <= 200; j++) {
      const pair = [(i / 200) * MOST_RATE, (j / 200) * MOST_RATE] as const;
      if (pair[1] <= slope * pair[0] + offset === isAllowed) least = Math.min(least, evidenceAgainst(rates, pair));
    }
  }
  return least;
}

describe('what is shown of two rates', () => {
  it('is shown if, and only if, there is so much evidence against each pair of rates that contradicts it', () => {
    fc.assert(
      fc.property(sample, sample, allowedRate, (stable, candidate, allowed) => {
        const rates = ratesOf(stable, candidate, allowed);
        const excess = rateOf(candidate) - allowed.slope * rateOf(stable) - allowed.offset;
        fc.pre(Math.abs(excess) > 1e-9);
        const [isShown, isShownOpposite] = excess > 0 ? [isShownAbove, isShownBelow] : [isShownBelow, isShownAbove];
        const least = leastOnLine(rates);
        fc.pre(Number.isFinite(least));
        expect(leastBeyondLine(rates, excess > 0)).toBeGreaterThanOrEqual(least - 0.02);
        expect([isShown(rates, least - 0.02), isShown(rates, least + 0.02)]).toEqual([true, false]);
        expect(isShownOpposite(rates, -100)).toBe(false);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('is never both', () => {
    fc.assert(
      fc.property(sample, sample, allowedRate, (stable, candidate, allowed) => {
        const rates = ratesOf(stable, candidate, allowed);
        return !(isShownAbove(rates, LOG_FAIL) && isShownBelow(rates, LOG_PASS));
      }),
    );
  });

  it.each([
    ['a candidate of 1 % of the traffic', 0.01, 20_000],
    ['one of half', 0.5, 3000],
    ['one of 99 %', 0.99, 20_000],
  ])('comes out whatever has more traffic: %s', (_, share, total) => {
    const candidateTotal = Math.round(share * total);
    const fail = ratesOf(
      { hits: 0, total: total - candidateTotal },
      { hits: Math.round(0.1 * candidateTotal), total: candidateTotal },
      {
        slope: 1,
        offset: 0.005,
      },
    );
    expect(isShownAbove(fail, LOG_FAIL)).toBe(true);
    expect(isShownBelow(fail, LOG_PASS)).toBe(false);
  });

  it('needs no stable where it does not matter', () => {
    const allowed = { slope: 0, offset: 0.01 };
    const none = { hits: 0, total: 0 };
    expect(isShownAbove(ratesOf(none, { hits: 40, total: 1000 }, allowed), LOG_FAIL)).toBe(true);
    expect(isShownBelow(ratesOf(none, { hits: 1, total: 2000 }, allowed), LOG_PASS)).toBe(true);
    expect(isShownBelow(ratesOf(none, { hits: 10, total: 1000 }, allowed), LOG_PASS)).toBe(false);
  });

  it('is nothing without requests', () => {
    const none = { hits: 0, total: 0 };
    const rates = ratesOf(none, none, { slope: 1, offset: 0.005 });
    expect([isShownAbove(rates, LOG_FAIL), isShownBelow(rates, LOG_PASS)]).toEqual([false, false]);
  });
});

describe('over endless looks at a candidate exactly as bad as allowed', () => {
  const RUNS = 600;
  const REQUESTS = 3000;
  const LOOK_EVERY = 25;

  /** Shares of runs that ever showed it to be above, and below, what is allowed. */
  function everShown(
    seed: number,
    share: number,
    rates: readonly [stable: number, candidate: number],
  ): [above: number, below: number] {
    const random = createSeededRandom(seed);
    const allowed = { slope: 1, offset: rates[1] - rates[0] };
    let [above, below] = [0, 0];
    for (let run = 0; run < RUNS; run++) {
      const shown = lookOn(random, { share, rates, allowed });
      above += Number(shown.above);
      below += Number(shown.below);
    }
    return [above / RUNS, below / RUNS];
  }

  interface Course {
    readonly share: number;
    readonly rates: readonly [stable: number, candidate: number];
    readonly allowed: AllowedRate;
  }

  function lookOn(random: { next(): number }, { share, rates, allowed }: Course): { above: boolean; below: boolean } {
    const samples: [Writable<Sample>, Writable<Sample>] = [
      { hits: 0, total: 0 },
      { hits: 0, total: 0 },
    ];
    const shown = { above: false, below: false };
    for (let i = 1; i <= REQUESTS; i++) {
      const which = random.next() < share ? 1 : 0;
      samples[which].total++;
      if (random.next() < rates[which]) samples[which].hits++;
      if (i % LOOK_EVERY !== 0) continue;
      const compared = ratesOf(samples[0], samples[1], allowed);
      shown.above ||= isShownAbove(compared, LOG_FAIL);
      shown.below ||= isShownBelow(compared, LOG_PASS);
    }
    return shown;
  }

  // With 600 runs, a true rate of 1 % shows as more than 2 % in about one of a hundred seeds, and 5 % as more than 7 %.
  it.each([
    [1, 0.05, [0.001, 0.006]],
    [2, 0.5, [0.001, 0.006]],
    [3, 0.5, [0.02, 0.05]],
    [4, 0.95, [0.01, 0.06]],
  ] as const)('the stated error rates hold (seed %i, share %d, rates %j)', (seed, share, rates) => {
    const [above, below] = everShown(seed, share, rates);
    expect(above).toBeLessThanOrEqual(0.02);
    expect(below).toBeLessThanOrEqual(0.07);
  });
});
