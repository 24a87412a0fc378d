// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import { fuzzFrames, type FuzzReport } from './frames/run/fuzz.ts';

const USAGE = `Usage: node tools/fuzz/http2-frames.ts [--inputs N] [--seed N] [--split-every N]

Gives generated and damaged frames to both sides of Weir's HTTP/2 codec, frame by frame, and compares each reaction with a plain
model of RFC 9113. What is not as the model demands is printed with the shortest input that shows it, and the exit code is 1.`;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'split-every': { type: 'string', default: '50' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(`${USAGE}\n`);
else run(Number(values.inputs), Number(values.seed), Number(values['split-every']));

function run(inputs: number, seed: number, splitEvery: number): void {
  const startedMs = performance.now();
  const onProgress = (done: number): void => void process.stderr.write(`\r${done} of ${inputs}`);
  const report = fuzzFrames({ seed, inputs, splitEvery, onProgress });
  const seconds = (performance.now() - startedMs) / 1_000;
  const mebibytes = Math.round(process.memoryUsage.rss() / 1024 / 1024);
  process.stdout.write(`\n${renderReport(report)}\n`);
  process.stdout.write(
    `seed ${seed}: ${inputs} inputs in ${seconds.toFixed(0)} s, ${Math.round(inputs / seconds)} a second, ${mebibytes} MiB at the end\n`,
  );
  if (report.failures.length > 0) process.exitCode = 1;
}

function renderReport({ counts, failures }: FuzzReport): string {
  const lines = [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([rule, count]) => `${String(count).padStart(10)}  ${rule}`);
  const wrong = failures.map(
    ({ role, input, detail }) => `\nWRONG, as ${role}: ${input.slice(0, 2_000)}\n  ${detail.slice(0, 3_000)}`,
  );
  return [...lines, ...wrong].join('\n');
}
