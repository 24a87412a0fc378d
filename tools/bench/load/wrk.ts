// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { requireCommand } from '../processes/find-command.ts';
import { LOAD_CORE } from '../processes/child.ts';
import { REQUEST_FIELDS } from './request-head.ts';
import { routeTarget } from './route-paths.ts';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly scriptFile: string;
}

/** What one run of the load generator saw. */
export interface LoadResult {
  readonly requests: number;
  readonly durationUs: number;
  readonly bytes: number;
  /** Connections that failed, answers other than 2xx and 3xx, and timeouts. */
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const REPORT_MARK = 'bench-report ';
const run = promisify(execFile);

/** Writes the load script: requests cycle over the targets of `routeCount` routes, or all go to `target`. */
export function writeLoadScript(
  file: string,
  { routeCount, target, closes }: { readonly routeCount: number; readonly target?: string; readonly closes: boolean },
): void {
  const fields = Object.entries(REQUEST_FIELDS).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`);
  if (closes) fields.push(`wrk.headers["Connection"] = "close"`);
  const targets = target === undefined ? Array.from({ length: routeCount }, (_, index) => routeTarget(index)) : [target];
  // Prepared once: formatting a request per call would make the load generator the slowest part.
  const script = `${fields.join('\n')}
local targets = {${targets.map(quote).join(',')}}
local requests, turn = {}, 0
init = function() for i, path in ipairs(targets) do requests[i] = wrk.format(nil, path) end end
request = function() turn = turn % #requests + 1; return requests[turn] end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('${REPORT_MARK}{"requests":%d,"durationUs":%d,"bytes":%d,"errors":%d,"p50Us":%d,"p99Us":%d}\\n',
    summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`;
  writeFileSync(file, script);
}

/** Runs wrk to its end on the load core. */
export async function runWrk({ url, connections, seconds, scriptFile }: Load): Promise<LoadResult> {
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
    bytes: read('bytes'),
    errors: read('errors'),
    p50Us: read('p50Us'),
    p99Us: read('p99Us'),
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
