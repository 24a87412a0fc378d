// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireCommand } from '../processes/find-command.ts';
import { LOAD_CORE } from '../processes/child.ts';
import type { CreateLoad, LoadResult } from './load.ts';
import { REQUEST_FIELDS } from './request-head.ts';
import { routeTarget } from './route-paths.ts';

export interface WrkOptions {
  readonly connections: number;
  /** A new connection for each request. */
  readonly closes?: boolean;
  /** What all requests ask for; absent = they go over all routes in turn. */
  readonly target?: string;
  /** Shown as bearer tokens, in turn; absent = the one of all scenarios. */
  readonly tokens?: readonly string[];
}

interface WrkRun {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly scriptFile: string;
}

const REPORT_MARK = 'bench-report ';
const run = promisify(execFile);

/** Requests of HTTP/1.1 by wrk. */
export function createWrkLoad({ connections, closes = false, target, tokens = [] }: WrkOptions): CreateLoad {
  return ({ directory, port, isTls, routeCount }) => {
    const scriptFile = join(directory, 'load.lua');
    const targets = target === undefined ? Array.from({ length: routeCount }, (_, index) => routeTarget(index)) : [target];
    writeLoadScript(scriptFile, { targets, closes, tokens });
    const url = `${isTls ? 'https' : 'http'}://localhost:${port}/`;
    return seconds => runWrk({ url, connections, seconds, scriptFile });
  };
}

interface LoadScript {
  readonly targets: readonly string[];
  readonly closes: boolean;
  readonly tokens: readonly string[];
}

function writeLoadScript(file: string, { targets, closes, tokens }: LoadScript): void {
  const fields = Object.entries(REQUEST_FIELDS).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`);
  if (closes) fields.push(`wrk.headers["Connection"] = "close"`);
  // Prepared once: formatting a request per call would make the load generator the slowest part.
  const script = `${fields.join('\n')}
local targets = {${targets.map(quote).join(',')}}
local tokens = {${tokens.map(quote).join(',')}}
local requests, turn = {}, 0
init = function()
  for i = 1, math.max(#targets, #tokens) do
    if #tokens > 0 then wrk.headers["Authorization"] = "Bearer " .. tokens[(i - 1) % #tokens + 1] end
    requests[i] = wrk.format(nil, targets[(i - 1) % #targets + 1])
  end
end
request = function() turn = turn % #requests + 1; return requests[turn] end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('${REPORT_MARK}{"requests":%d,"durationUs":%d,"errors":%d,"p50Us":%d,"p99Us":%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`;
  writeFileSync(file, script);
}

/** Runs wrk to its end on the load core. */
async function runWrk({ url, connections, seconds, scriptFile }: WrkRun): Promise<LoadResult> {
  const args = ['-c', String(LOAD_CORE), requireCommand('wrk'), '-t', '1', '-c', String(connections), '-d', `${seconds}s`];
  const { stdout, stderr } = await run('taskset', [...args, '-s', scriptFile, url]);
  const line = stdout.split('\n').find(text => text.startsWith(REPORT_MARK));
  if (line === undefined) throw new Error(`wrk gave no report for ${url}:\n${stdout}${stderr}`);
  return parseReport(line.slice(REPORT_MARK.length));
}

function parseReport(text: string): LoadResult {
  const report: unknown = JSON.parse(text);
  const read = (name: keyof LoadResult): number => {
    const value: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, name) : undefined;
    if (typeof value !== 'number') throw new Error(`wrk's report lacks \`${name}\`: ${text}`);
    return value;
  };
  return {
    requests: read('requests'),
    durationUs: read('durationUs'),
    errors: read('errors'),
    p50Us: read('p50Us'),
    p99Us: read('p99Us'),
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
