// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import { fuzzHttp1Requests } from './mapping/run/fuzz-http1-requests.ts';
import { fuzzRequests } from './mapping/run/fuzz-requests.ts';
import { fuzzResponses } from './mapping/run/fuzz-responses.ts';

const USAGE = `Usage: node tools/fuzz/http2-mapping.ts [--requests N] [--responses N] [--seed N]

Sends generated requests over HTTP/2 through the gateway to a backend of HTTP/1.1, and sees to it that each becomes one request with
the same meaning, or none. Then has hostile backends of both versions answer clients of both versions: one answer, the same, or none.
Then has clients of HTTP/1.1, as many as answers, send what they like to a backend of HTTP/2 that is nghttp2's: the same requests come
out that went in. Anything else is printed, and the exit code is 1.`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    responses: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(`${USAGE}\n`);
else await run(Number(values.requests), Number(values.responses), Number(values.seed));

async function run(requests: number, responses: number, seed: number): Promise<void> {
  const startedMs = performance.now();
  const asked = await fuzzRequests({ seed, inputs: requests, onProgress: progressOf(requests) });
  const answeredMs = performance.now();
  const answered = await fuzzResponses({ seed, inputs: responses, onProgress: progressOf(responses) });
  const upgradedMs = performance.now();
  const upgraded = await fuzzHttp1Requests({ seed, inputs: responses, onProgress: progressOf(responses) });
  const endedMs = performance.now();
  for (const { counts } of [asked, answered, upgraded]) renderCounts(counts);
  for (const { request, detail } of asked.failures) renderFailure(JSON.stringify(request), detail);
  for (const { input, detail } of [...answered.failures, ...upgraded.failures]) renderFailure(input, detail);
  renderPace(`seed ${seed}: ${requests} requests`, requests, answeredMs - startedMs);
  renderPace(`seed ${seed}: ${responses} answers`, responses, upgradedMs - answeredMs);
  renderPace(`seed ${seed}: ${responses} connections of HTTP/1.1 clients`, responses, endedMs - upgradedMs);
  if (asked.failures.length + answered.failures.length + upgraded.failures.length > 0) process.exitCode = 1;
}

function progressOf(total: number): (done: number) => void {
  return done => void process.stderr.write(`\r${done} of ${total}`);
}

function renderCounts(counts: ReadonlyMap<string, number>): void {
  for (const [rule, count] of [...counts].toSorted(([, left], [, right]) => right - left)) {
    process.stdout.write(`${String(count).padStart(10)}  ${rule}\n`);
  }
}

function renderFailure(input: string, detail: string): void {
  process.stdout.write(`\nWRONG: ${input.slice(0, 3_000)}\n  ${detail.slice(0, 3_000)}\n`);
}

function renderPace(what: string, count: number, elapsedMs: number): void {
  const seconds = elapsedMs / 1_000;
  process.stdout.write(`${what} in ${seconds.toFixed(0)} s, ${Math.round(count / seconds)} a second\n`);
}
