// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Counts } from './counts.ts';

/** Where the counts of a run go; set by `npm test`. */
export const COUNTS_FILE_VARIABLE = 'WEIR_COUNTS_FILE';

/** A Vitest reporter: leaves the counts of a run in a file, with the reason of each skipped test. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env[COUNTS_FILE_VARIABLE];
    if (file === undefined) return;
    const tests = modules.flatMap(module => [...module.children.allTests()]);
    const skipped = tests.filter(test => test.result().state === 'skipped');
    // A module that cannot be loaded has no tests that could fail.
    const broken = modules.filter(module => module.state() === 'failed' && module.errors().length > 0);
    const counts: Counts = {
      passed: tests.filter(test => test.result().state === 'passed').length,
      failed: tests.filter(test => test.result().state === 'failed').length + broken.length + unhandledErrors.length,
      skipped: skipped.length,
      skips: skipped.map(test => `${test.fullName}: ${noteOf(test)}`),
    };
    writeFileSync(file, JSON.stringify(counts));
  }
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}

// Vitest loads a reporter from a path by its default export.
export { CountReporter as default };
