// SPDX-License-Identifier: Apache-2.0
import { expect, it, vi } from 'vitest';
import { FAILED_ONE, PASSED_ONE } from './counts.ts';
import { runSuite } from './run-suite.ts';
import type { Suite } from './suite.ts';

const node = (script: string): readonly [string, string, string] => [process.execPath, '-e', script];
const suite = (overrides: Partial<Suite>): Suite => ({
  name: 'proof',
  about: 'a suite for this test',
  budgetSeconds: 20,
  commands: [node('')],
  counting: 'exit',
  ...overrides,
});
const run = (overrides: Partial<Suite>): ReturnType<typeof runSuite> => runSuite(suite(overrides), import.meta.dirname);

it('a suite passes when each of its commands succeeds', async () => {
  expect(await run({ commands: [node(''), node('')] })).toEqual(PASSED_ONE);
});

it('a suite fails at the first command that fails', async () => {
  expect(await run({ commands: [node('process.exit(3)'), node('')] })).toEqual(FAILED_ONE);
});

it('a suite fails when its program is not there', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await run({ commands: [['weir-no-such-program']] })).toEqual(FAILED_ONE);
});

it('a suite that exceeds its budget is killed, and fails', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); setInterval(() => {}, 1000)`;
  expect(await run({ commands: [node(script)], budgetSeconds: 0.3 })).toEqual(FAILED_ONE);
  expect(write).toHaveBeenCalledWith('proof was stopped: its budget is 0.3 s (tools/test/suites.ts)\n');
});

it('a suite that this machine cannot run is skipped with the reason', async () => {
  expect(await run({ skipReason: () => 'needs a sundial' })).toEqual({
    passed: 0,
    failed: 0,
    skipped: 1,
    skips: ['proof: needs a sundial'],
  });
});

it('a suite of tests has the counts that its reporter left', async () => {
  const report = { passed: 7, failed: 0, skipped: 1, skips: ['a: b'] };
  const script = `require('node:fs').writeFileSync(process.env.WEIR_COUNTS_FILE, '${JSON.stringify(report)}')`;
  expect(await run({ commands: [node(script)], counting: 'vitest' })).toEqual(report);
});
