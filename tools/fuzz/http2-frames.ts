// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import { fuzzBesideNghttp2 } from './frames/nghttp2/fuzz-beside-nghttp2.ts';
import { KNOWN_DIFFERENCES } from './frames/nghttp2/known-differences.ts';
import { fuzzFrames, type FuzzReport } from './frames/run/fuzz.ts';

const USAGE = `Usage: node tools/fuzz/http2-frames.ts [--inputs N] [--beside-nghttp2 N] [--seed N] [--split-every N]

Gives generated and damaged frames to both sides of Weir's HTTP/2 codec, frame by frame, and compares each reaction with a plain
model of RFC 9113; then lets Node's nghttp2 read what clients send. What is neither as the model demands nor a known difference
(tools/fuzz/frames/nghttp2) is printed with an input that shows it, and the exit code is 1.`;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    'beside-nghttp2': { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    'split-every': { type: 'string', default: '50' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(`${USAGE}\n`);
else await run();

async function run(): Promise<void> {
  const seed = Number(values.seed);
  const inputs = Number(values.inputs);
  const onProgress = (done: number): void => void process.stderr.write(`\r${done} of ${inputs}`);
  const startedMs = performance.now();
  const report = fuzzFrames({ seed, inputs, splitEvery: Number(values['split-every']), onProgress });
  renderReport(report, `seed ${seed}: ${inputs} inputs`, startedMs);
  const besideMs = performance.now();
  const beside = await fuzzBesideNghttp2({ seed, inputs: Number(values['beside-nghttp2']) });
  renderReport(beside, `seed ${seed}: ${values['beside-nghttp2']} inputs beside nghttp2`, besideMs);
  if (report.failures.length + beside.failures.length > 0) process.exitCode = 1;
}

function renderReport({ counts, failures }: FuzzReport, what: string, startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1_000;
  const reasons = new Map(KNOWN_DIFFERENCES.map(({ name, because }) => [name, `: ${because}`]));
  const lines = [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([rule, count]) => `${String(count).padStart(10)}  ${rule}${reasons.get(rule) ?? ''}`);
  const wrong = failures.map(
    ({ role, input, detail }) => `\nWRONG, as ${role}: ${input.slice(0, 2_000)}\n  ${detail.slice(0, 3_000)}`,
  );
  process.stdout.write(`\n${[...lines, ...wrong].join('\n')}\n${what} in ${seconds.toFixed(0)} s\n`);
}
