// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { FAILED_ONE, PASSED_ONE, countsFromReport, formatCounts, sumCounts } from './counts.ts';

const GREEN = { passed: 3, failed: 0, skipped: 1, skips: ['tls: no openssl'] };

describe('counts of suites', () => {
  it('add up over all suites', () => {
    expect(sumCounts([GREEN, PASSED_ONE, FAILED_ONE])).toEqual({ passed: 4, failed: 1, skipped: 1, skips: ['tls: no openssl'] });
  });

  it('are written as the last line of a run', () => {
    expect(formatCounts(GREEN)).toBe('3 passed, 0 failed, 1 skipped');
  });
});

describe('a suite of tests', () => {
  it('comes to its own counts when its process succeeded', () => {
    expect(countsFromReport(GREEN, 0)).toEqual(GREEN);
  });

  it('has one failure when its process failed although every test passed', () => {
    expect(countsFromReport(GREEN, 1)).toEqual({ ...GREEN, failed: 1 });
  });

  it('counts no failure twice', () => {
    expect(countsFromReport({ ...GREEN, failed: 2 }, 1).failed).toBe(2);
  });

  it('failed when it left no report, whatever its exit code', () => {
    expect(countsFromReport(undefined, 0)).toEqual(FAILED_ONE);
  });

  it('failed when it was killed', () => {
    expect(countsFromReport(GREEN, undefined).failed).toBe(1);
  });
});
