// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { percentile } from '../measure/percentile.ts';
import { LOAD_CORE } from '../processes/child.ts';
import { requireCommand } from '../processes/find-command.ts';
import { grpcMessage } from './grpc-message.ts';
import type { CreateLoad, LoadResult } from './load.ts';
import { REQUEST_FIELDS } from './request-head.ts';
import { grpcTarget, routeTarget } from './route-paths.ts';

export interface H2LoadOptions {
  readonly connections: number;
  /** Requests in flight on each of them. */
  readonly streams: number;
  /** Unary calls of gRPC instead of GETs. */
  readonly isGrpc?: boolean;
}

const MICROSECONDS = 1_000_000;
/** Of a unary call: an identifier or two. */
const CALL_BYTES = 32;
const CALL_FIELDS = { 'Content-Type': 'application/grpc', TE: 'trailers', 'User-Agent': 'grpc-node-js/1.14.0' };
/** Requests that end while h2load stops, which its log may have and its count not. */
const MAX_CUT_OFF = 1_000;
const run = promisify(execFile);

/** Requests of HTTP/2 by h2load; they go over all routes in turn. Whatever is cut off by the end of the window does not count. */
export function createH2Load({ connections, streams, isGrpc = false }: H2LoadOptions): CreateLoad {
  return ({ directory, port, isTls, routeCount }) => {
    const logFile = join(directory, 'requests.log');
    const bodyFile = join(directory, 'call.bin');
    writeFileSync(bodyFile, grpcMessage(CALL_BYTES));
    const fields = Object.entries(isGrpc ? CALL_FIELDS : REQUEST_FIELDS).map(([name, value]) => `${name}: ${value}`);
    const origin = `${isTls ? 'https' : 'http'}://localhost:${port}`;
    const urls = Array.from({ length: routeCount }, (_, index) => origin + (isGrpc ? grpcTarget(index) : routeTarget(index)));
    const body = isGrpc ? ['-d', bodyFile] : [];
    const args = ['-t', '1', '-c', String(connections), '-m', String(streams), '--log-file', logFile, ...body];
    const headers = fields.flatMap(field => ['-H', field]);
    return async seconds => {
      // h2load appends to a log that it finds.
      rmSync(logFile, { force: true });
      const command = ['-c', String(LOAD_CORE), requireCommand('h2load'), '-D', String(seconds), ...args, ...headers, ...urls];
      const { stdout } = await run('taskset', command);
      return resultFromH2Load(stdout, readFileSync(logFile, 'latin1'), seconds);
    };
  };
}

/** From what h2load says, and its log: start, status and microseconds of each request, between tabs. Throws where they differ. */
export function resultFromH2Load(report: string, log: string, seconds: number): LoadResult {
  const counts = /^requests: .* (\d+) done, .* (\d+) errored, (\d+) timeout$/m.exec(report);
  if (counts === null) throw new Error(`h2load gave no report:\n${report}`);
  const [done = 0, errored = 0, late = 0] = counts.slice(1).map(Number);
  const latencies: number[] = [];
  let refused = 0;
  for (const line of log.split('\n')) {
    const [, status, latencyUs] = line.split('\t');
    if (latencyUs === undefined) continue;
    latencies.push(Number(latencyUs));
    if (!/^[23]/.test(status ?? '')) refused += 1;
  }
  if (Math.abs(latencies.length - done) > MAX_CUT_OFF) {
    throw new Error(`h2load counted ${done} requests and logged ${latencies.length}`);
  }
  return {
    requests: latencies.length,
    durationUs: seconds * MICROSECONDS,
    errors: refused + errored + late,
    p50Us: percentile(latencies, 0.5),
    p99Us: percentile(latencies, 0.99),
  };
}
