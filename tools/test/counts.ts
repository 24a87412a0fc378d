// SPDX-License-Identifier: Apache-2.0

/** What became of a suite's tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** `name: reason` of each skipped test. */
  readonly skips: readonly string[];
}

export const PASSED_ONE: Counts = { passed: 1, failed: 0, skipped: 0, skips: [] };
export const FAILED_ONE: Counts = { passed: 0, failed: 1, skipped: 0, skips: [] };

export function sumCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, { passed, failed, skipped, skips }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
      skips: [...sum.skips, ...skips],
    }),
    { passed: 0, failed: 0, skipped: 0, skips: [] },
  );
}

/** The form that the last line of `npm test` has. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * What a suite of tests comes to: its own counts, and one more failure where its process failed without a failed test, such
 * as a crash, an unhandled error, or no report at all.
 */
export function countsFromReport(report: Counts | undefined, exitCode: number | undefined): Counts {
  if (report === undefined) return FAILED_ONE;
  if (exitCode === 0 || report.failed > 0) return report;
  return { ...report, failed: 1 };
}
