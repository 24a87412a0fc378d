// SPDX-License-Identifier: Apache-2.0
// `npm test [SUITE…]`: runs every suite of tools/test/suites.ts, or those named, and adds up what they report.
import { join } from 'node:path';
import { formatCounts, sumCounts, type Counts } from './counts.ts';
import { runSuite } from './run-suite.ts';
import { SUITES } from './suites.ts';

const ROOT = join(import.meta.dirname, '../..');

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !SUITES.some(suite => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no suite is named ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const results: Counts[] = [];
for (const suite of SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  process.stdout.write(`\n=== ${suite.name}: ${suite.about} (at most ${suite.budgetSeconds} s)\n`);
  const startedMs = performance.now();
  const counts = await runSuite(suite, ROOT);
  results.push(counts);
  for (const skip of counts.skips) process.stdout.write(`skipped ${skip}\n`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`--- ${suite.name}: ${formatCounts(counts)} in ${seconds} s\n`);
}

const total = sumCounts(results);
process.exitCode = total.failed === 0 ? 0 : 1;
process.stdout.write(`\n${formatCounts(total)}\n`);
