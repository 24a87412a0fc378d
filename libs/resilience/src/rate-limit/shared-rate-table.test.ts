// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateBuffer } from './rate-buffer.ts';
import { AdmissionLog, TokenBucketModel } from './rate-limit-model.ts';
import { compileRateLimit } from './rate-limit.ts';
import type { RateWindowSpec } from './rate-limit.ts';
import { SharedRateTable } from './shared-rate-table.ts';

const START_MS = 1_000_000_000;

function tableOf(size = { tokenBuckets: 1_024, slidingWindows: 1_024 }): SharedRateTable {
  return new SharedRateTable(createRateBuffer(size, createSeededRandom(7)));
}

function bucket(quota: number, windowMs: number, burst = quota): RateWindowSpec {
  return { algorithm: 'tokenBucket', name: 'bucket', quota, windowMs, burst };
}

function sliding(quota: number, windowMs: number): RateWindowSpec {
  return { algorithm: 'slidingWindow', name: 'sliding', quota, windowMs };
}

interface Admit {
  readonly key?: string;
  readonly cost?: number;
  readonly atMs?: number;
}

/** A table with one limit, and time counted from `START_MS`. */
function limiterOf(...windows: readonly RateWindowSpec[]) {
  const table = tableOf();
  const limit = compileRateLimit('ns/policy/limit', windows);
  return ({ key = 'alice', cost = 1, atMs = 0 }: Admit = {}) => table.admit([{ limit, key, cost }], START_MS + atMs);
}

function countAdmitted(admit: ReturnType<typeof limiterOf>, tries: number, options: Admit = {}): number {
  return Array.from({ length: tries }, () => admit(options)).filter(({ isAdmitted }) => isAdmitted).length;
}

describe('a token bucket in the shared table', () => {
  it.each([
    { quota: 1_000, windowMs: 1_000, intervalMs: 1 },
    { quota: 10, windowMs: 86_400_000, intervalMs: 8_640_000 },
    { quota: 1, windowMs: 31_536_000_000, intervalMs: 31_536_000_000 },
    { quota: 8, windowMs: 1, intervalMs: 0.125 },
  ])('admits $quota per $windowMs ms at once, then one each interval', ({ quota, windowMs, intervalMs }) => {
    const admit = limiterOf(bucket(quota, windowMs));
    expect(countAdmitted(admit, quota + 10)).toBe(quota);
    // Rounded up to whole quanta: later by less than one of them.
    const quantumMs = Math.max(2 ** -17, windowMs / 2 ** 26);
    expect(admit({ atMs: intervalMs * 0.999 }).isAdmitted).toBe(false);
    expect(countAdmitted(admit, 2, { atMs: intervalMs + quantumMs })).toBe(1);
  });

  it('says what remains, when all will be back, and when to come again', () => {
    const admit = limiterOf(bucket(60, 60_000, 2));
    expect(admit().states).toMatchObject([{ remaining: 1, resetMs: 1_000, retryAfterMs: 0 }]);
    expect(admit().states).toMatchObject([{ remaining: 0, resetMs: 2_000, retryAfterMs: 0 }]);
    expect(admit({ atMs: 250 })).toMatchObject({
      isAdmitted: false,
      retryAfterMs: 750,
      states: [{ remaining: 0, resetMs: 1_750 }],
    });
  });

  it('takes several units at once, and none for a cost of 0', () => {
    const admit = limiterOf(bucket(10, 10_000));
    expect(admit({ cost: 7 }).states).toMatchObject([{ remaining: 3 }]);
    expect(admit({ cost: 0 })).toMatchObject({ isAdmitted: true, states: [{ remaining: 3 }] });
    expect(admit({ cost: 4 })).toMatchObject({ isAdmitted: false, retryAfterMs: 1_000 });
    expect(admit({ cost: 3 })).toMatchObject({ isAdmitted: true, states: [{ remaining: 0 }] });
    expect(admit({ cost: 0 })).toMatchObject({ isAdmitted: true });
  });

  it('never admits what costs more than the burst, and says so', () => {
    const admit = limiterOf(bucket(10, 10_000));
    expect(admit({ cost: 11 })).toMatchObject({ isAdmitted: false, retryAfterMs: Infinity, states: [{ remaining: 10 }] });
    expect(admit({ cost: 10 }).isAdmitted).toBe(true);
  });

  it('decides as the plain bucket does, for its own interval', () => {
    const step = fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), cost: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1, 4, 125, 1_000),
        fc.array(step),
        (burst, intervalMs, steps) => {
          const admit = limiterOf(bucket(1, intervalMs, burst));
          const model = new TokenBucketModel(burst, intervalMs);
          let atMs = 0;
          for (const { waitMs, cost } of steps) {
            atMs += waitMs;
            const isExpected = model.admits(cost, START_MS + atMs);
            const decision = admit({ cost, atMs });
            expect(decision.isAdmitted).toBe(isExpected);
            if (!isExpected && cost <= burst) expect(model.admits(0, START_MS + atMs + decision.retryAfterMs)).toBe(true);
          }
        },
      ),
    );
  });

  it('admits at most burst + rate × time in every time span, whatever the rate', () => {
    const quota = fc.integer({ min: 1, max: 1_000_000 });
    const windowMs = fc.double({ min: 1, max: 1e10, noNaN: true });
    const step = fc.record({ share: fc.double({ min: 0, max: 0.5, noNaN: true }), cost: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(
        quota,
        windowMs,
        fc.integer({ min: 3, max: 12 }),
        fc.array(step, { maxLength: 60 }),
        (perWindow, span, burst, steps) => {
          const admit = limiterOf(bucket(perWindow, span, burst));
          const log = new AdmissionLog();
          let atMs = 0;
          for (const { share, cost } of steps) {
            atMs += (share * burst * span) / perWindow;
            if (admit({ cost, atMs }).isAdmitted) log.add(cost, atMs);
          }
          const quantumMs = Math.max(2 ** -17, (burst * span) / perWindow / 2 ** 26);
          // Times near a thousand million have a resolution of their own in a double.
          expect(log.excessOver(burst, perWindow / span, quantumMs + 2 ** -22)).toBeLessThanOrEqual(1e-6);
        },
      ),
    );
  });

  it('waits for a clock that goes back a little, and forgets when it goes back far', () => {
    const admit = limiterOf(bucket(60, 60_000));
    expect(countAdmitted(admit, 61)).toBe(60);
    expect(countAdmitted(admit, 61, { atMs: -100_000 })).toBe(0);
    expect(countAdmitted(admit, 61, { atMs: -10_000_000 })).toBe(60);
  });

  it('is not confused by a key that comes back when times have gone once around, if it is swept', () => {
    const aroundMs = 2 ** 32 / 2 ** 17;
    const limit = compileRateLimit('ns/policy/limit', [bucket(10, 1_000)]);
    for (const { sweeps, admitted } of [
      { sweeps: 0, admitted: 0 },
      { sweeps: 32, admitted: 10 },
    ]) {
      const table = tableOf();
      const admitAt = (nowMs: number) => table.admit([{ limit, key: 'alice', cost: 1 }], nowMs).isAdmitted;
      for (let i = 0; i < 10; i++) admitAt(START_MS);
      for (let i = 0; i < sweeps; i++) table.sweep(START_MS + 8_000 + i * 250);
      expect(Array.from({ length: 12 }, () => admitAt(START_MS + aroundMs)).filter(Boolean)).toHaveLength(admitted);
    }
  });
});

describe('a sliding window in the shared table', () => {
  it('admits its quota in a window, and again when the window has left it', () => {
    const admit = limiterOf(sliding(100, 1_000));
    expect(countAdmitted(admit, 60, { atMs: 0 })).toBe(60);
    expect(countAdmitted(admit, 60, { atMs: 500 })).toBe(40);
    expect(countAdmitted(admit, 60, { atMs: 999 })).toBe(0);
    expect(countAdmitted(admit, 100, { atMs: 1_000 + 62.5 })).toBe(60);
    expect(countAdmitted(admit, 100, { atMs: 1_500 + 62.5 })).toBe(40);
  });

  it('remembers the end of a slice for a whole window', () => {
    const admit = limiterOf(sliding(1, 1_000));
    expect([62, 1_061, 1_063].map(atMs => admit({ atMs }).isAdmitted)).toEqual([true, false, true]);
  });

  it('says what remains, when all will be back, and when to come again', () => {
    const admit = limiterOf(sliding(3, 1_000));
    expect(admit().states).toMatchObject([{ remaining: 2, resetMs: 1_062.5, retryAfterMs: 0 }]);
    expect(admit({ atMs: 500, cost: 2 }).states).toMatchObject([{ remaining: 0, resetMs: 1_062.5 }]);
    expect(admit({ atMs: 600 })).toMatchObject({ isAdmitted: false, retryAfterMs: 462.5, states: [{ resetMs: 962.5 }] });
    expect(admit({ atMs: 600, cost: 2 })).toMatchObject({ isAdmitted: false, retryAfterMs: 962.5 });
    expect(admit({ atMs: 600, cost: 0 })).toMatchObject({ isAdmitted: true, states: [{ remaining: 0 }] });
    expect(admit({ atMs: 600, cost: 4 })).toMatchObject({ isAdmitted: false, retryAfterMs: Infinity });
    expect(admit({ atMs: 600 + 462.5 }).isAdmitted).toBe(true);
  });

  it('never admits more than the quota in any window, and remembers for less than a slice longer', () => {
    const step = fc.record({ share: fc.double({ min: 0, max: 0.15, noNaN: true }), cost: fc.integer({ min: 0, max: 4 }) });
    const windowMs = fc.double({ min: 250, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), windowMs, fc.array(step, { maxLength: 80 }), (quota, span, steps) => {
        const admit = limiterOf(sliding(quota, span));
        const log = new AdmissionLog();
        let atMs = 0;
        for (const { share, cost } of steps) {
          atMs += share * span;
          const { isAdmitted, states } = admit({ cost, atMs });
          if (isAdmitted) log.add(cost, atMs);
          expect(log.costWithin(atMs - span, atMs)).toBeLessThanOrEqual(quota);
          const longMs = span * 1.1251;
          if (!isAdmitted) expect(log.costWithin(atMs - longMs, atMs) + cost).toBeGreaterThan(quota);
          expect(states[0]!.remaining).toBeLessThanOrEqual(quota - log.costWithin(atMs - span, atMs));
        }
      }),
    );
  });

  it('stands still for a clock that goes back a little, and forgets when it goes back far', () => {
    const admit = limiterOf(sliding(10, 16_000));
    expect(countAdmitted(admit, 8)).toBe(8);
    expect(countAdmitted(admit, 8, { atMs: -15_000 })).toBe(2);
    expect(countAdmitted(admit, 8, { atMs: 15_000 })).toBe(0);
    expect(countAdmitted(admit, 12, { atMs: -600_000 })).toBe(10);
  });

  it('is not confused by a key that comes back when slices have gone once around, if it is swept', () => {
    const aroundMs = 2_048 * 62.5;
    const limit = compileRateLimit('ns/policy/limit', [sliding(10, 1_000)]);
    for (const { sweeps, admitted } of [
      { sweeps: 0, admitted: 0 },
      { sweeps: 32, admitted: 10 },
    ]) {
      const table = tableOf();
      const admitAt = (nowMs: number) => table.admit([{ limit, key: 'alice', cost: 1 }], nowMs).isAdmitted;
      for (let i = 0; i < 10; i++) admitAt(START_MS);
      for (let i = 0; i < sweeps; i++) table.sweep(START_MS + 8_000 + i * 250);
      expect(Array.from({ length: 12 }, () => admitAt(START_MS + aroundMs)).filter(Boolean)).toHaveLength(admitted);
    }
  });
});

describe('several windows', () => {
  it('admit together or not at all, and take nothing where one refuses', () => {
    const table = tableOf();
    const second = compileRateLimit('ns/policy/second', [bucket(5, 1_000)]);
    const both = compileRateLimit('ns/policy/both', [bucket(100, 60_000), sliding(3, 60_000)]);
    const admit = (key: string) =>
      table.admit(
        [
          { limit: second, key: 'all', cost: 1 },
          { limit: both, key, cost: 1 },
        ],
        START_MS,
      );
    expect(Array.from({ length: 9 }, () => admit('alice').isAdmitted)).toEqual([
      true,
      true,
      true,
      ...Array<boolean>(6).fill(false),
    ]);
    const refused = admit('alice');
    expect(refused.states.map(({ isAdmitted, remaining }) => ({ isAdmitted, remaining }))).toEqual([
      { isAdmitted: true, remaining: 2 },
      { isAdmitted: true, remaining: 97 },
      { isAdmitted: false, remaining: 0 },
    ]);
    expect(refused.retryAfterMs).toBeGreaterThan(60_000);
    expect([admit('bob').isAdmitted, admit('bob').isAdmitted, admit('bob').isAdmitted]).toEqual([true, true, false]);
  });

  it('give back what was taken when another worker takes the last of one in between', () => {
    const table = tableOf();
    const wide = compileRateLimit('ns/policy/wide', [bucket(10, 60_000), sliding(10, 60_000)]);
    const narrow = compileRateLimit('ns/policy/narrow', [bucket(1, 60_000)]);
    // The same counter twice: at the look both fit, at the taking only the first does, as if another worker had been there.
    const charges = [wide, narrow, narrow].map(limit => ({ limit, key: 'alice', cost: 1 }));
    const decision = table.admit(charges, START_MS);
    expect(decision.isAdmitted).toBe(false);
    expect(decision.states.map(({ remaining }) => remaining)).toEqual([10, 10, 1, 0]);
    expect(table.admit([{ limit: wide, key: 'alice', cost: 10 }], START_MS).isAdmitted).toBe(true);
  });
});

describe('keys', () => {
  it('of other limits, other numbers and other clients are counted apart; the same limit goes on after a change of configuration', () => {
    const table = tableOf();
    const admit = (id: string, spec: RateWindowSpec, key: string) =>
      table.admit([{ limit: compileRateLimit(id, [spec]), key, cost: 1 }], START_MS).isAdmitted;
    expect(admit('a', bucket(1, 60_000), 'x')).toBe(true);
    expect(admit('a', bucket(1, 60_000), 'x')).toBe(false);
    expect(admit('b', bucket(1, 60_000), 'x')).toBe(true);
    expect(admit('a', bucket(1, 61_000), 'x')).toBe(true);
    expect(admit('a', bucket(1, 60_000), 'y')).toBe(true);
    expect(admit('a', sliding(1, 60_000), 'x')).toBe(true);
    expect(admit('a', sliding(1, 60_000), 'x')).toBe(false);
  });

  it('are seen by every worker that has the memory', () => {
    const buffer = createRateBuffer({ tokenBuckets: 64, slidingWindows: 64 }, createSeededRandom(1));
    const tables = [new SharedRateTable(buffer), new SharedRateTable(buffer)];
    const limit = compileRateLimit('ns/policy/limit', [bucket(1, 60_000)]);
    expect(tables.map(table => table.admit([{ limit, key: 'alice', cost: 1 }], START_MS).isAdmitted)).toEqual([true, false]);
  });
});

describe('the first moment of the clock', () => {
  it.each([bucket(2, 60_000), sliding(2, 60_000)])('is one like any other ($algorithm)', spec => {
    const table = tableOf({ tokenBuckets: 16, slidingWindows: 16 });
    const limit = compileRateLimit('ns/policy/limit', [spec]);
    const admit = (key: string) => table.admit([{ limit, key, cost: 1 }], 0).isAdmitted;
    for (let i = 0; i < 16; i++) expect([1, 2, 3].map(() => admit(`key-${i}`))).toEqual([true, true, false]);
  });
});

describe('a full table', () => {
  it.each([bucket(5, 60_000), sliding(5, 60_000)])(
    'never forgets a key that has used more than the others ($algorithm)',
    spec => {
      const table = tableOf({ tokenBuckets: 256, slidingWindows: 256 });
      const limit = compileRateLimit('ns/policy/limit', [spec]);
      const admit = (key: string) => table.admit([{ limit, key, cost: 1 }], START_MS).isAdmitted;
      for (let i = 0; i < 5; i++) expect(admit('victim')).toBe(true);
      for (let i = 0; i < 20_000; i++) {
        expect(admit(`attacker-${i}`)).toBe(true);
        if (i % 100 === 0) expect(admit('victim')).toBe(false);
      }
    },
  );

  it('forgets a key once all others of its neighbourhood have used as much: at most its burst is admitted again', () => {
    // One neighbourhood: all 16 entries of the table.
    const table = tableOf({ tokenBuckets: 16, slidingWindows: 16 });
    const limit = compileRateLimit('ns/policy/limit', [bucket(4, 60_000)]);
    const admit = (key: string, cost: number) => table.admit([{ limit, key, cost }], START_MS).isAdmitted;
    expect(admit('victim', 3)).toBe(true);
    for (let i = 0; i < 15; i++) expect(admit(`attacker-${i}`, 2)).toBe(true);
    expect(admit('newcomer', 1)).toBe(true);
    expect(admit('victim', 2)).toBe(false);
    for (let i = 0; i < 16; i++) expect(admit(`other-${i}`, 4)).toBe(true);
    expect(admit('victim', 4)).toBe(true);
    expect(admit('victim', 1)).toBe(false);
  });

  it('takes the entries of keys that have used nothing for long first, whoever comes', () => {
    const table = tableOf({ tokenBuckets: 16, slidingWindows: 16 });
    const limit = compileRateLimit('ns/policy/limit', [bucket(2, 1_000)]);
    const admit = (key: string, atMs: number) => table.admit([{ limit, key, cost: 2 }], START_MS + atMs).isAdmitted;
    for (let i = 0; i < 15; i++) expect(admit(`early-${i}`, 0)).toBe(true);
    expect(admit('late', 900)).toBe(true);
    for (let i = 0; i < 15; i++) expect(admit(`next-${i}`, 1_100)).toBe(true);
    expect(admit('late', 1_100)).toBe(false);
  });
});

describe('what is given back', () => {
  it.each([[bucket(3, 10_000)], [sliding(3, 10_000)]])('can be taken again, and is not what was refused: %o', window => {
    const table = tableOf();
    const charge = { limit: compileRateLimit('ns/policy/limit', [window]), key: 'alice', cost: 2 };
    const [taken, refused] = [table.admit([charge], START_MS), table.admit([charge], START_MS)];
    table.giveBack(refused, START_MS);
    expect([taken.isAdmitted, table.admit([charge], START_MS).isAdmitted]).toEqual([true, false]);
    table.giveBack(taken, START_MS + 1);
    expect(table.admit([{ ...charge, cost: 3 }], START_MS + 1).isAdmitted).toBe(true);
  });
});

describe('a limit that cannot be counted', () => {
  it.each([
    [bucket(0, 1_000, 1), 'ns/p/l: window bucket: quota is 0; it must be a whole number from 1 to 1000000'],
    [bucket(1.5, 1_000, 1), 'ns/p/l: window bucket: quota is 1.5; it must be a whole number from 1 to 1000000'],
    [bucket(1, 1_000, 1_000_001), 'ns/p/l: window bucket: burst is 1000001; it must be a whole number from 1 to 1000000'],
    [bucket(1, 0), 'ns/p/l: window bucket: windowMs is 0; it must be above 0'],
    [bucket(1, 1e13), 'ns/p/l: window bucket: a burst of 1 at 1 per 10000000000000 ms takes more than 69 years to come back'],
    [
      sliding(1, 249),
      'ns/p/l: window sliding: windowMs is 249; a sliding window has at least 250, a token bucket may be shorter',
    ],
    [sliding(1, 1e13), 'ns/p/l: window sliding: windowMs is 10000000000000; a sliding window has at most 17 years'],
  ])('is refused: %o', (spec, message) => {
    expect(() => compileRateLimit('ns/p/l', [spec])).toThrow(new RangeError(message));
  });
});
