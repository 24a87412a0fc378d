// SPDX-License-Identifier: Apache-2.0
import { SeededRandom } from '../../seeded-random.ts';
import { RequestWriter, type WrittenRequest } from '../inputs/request-writer.ts';
import { expectRequest } from '../model/expected-request.ts';
import { type RequestFailure, RequestRun } from './request-run.ts';

export interface MappingOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Called now and then with how many inputs are done. */
  readonly onProgress?: (done: number) => void;
}

export interface MappingReport {
  /** How many must, may and must not have come through, and why. */
  readonly counts: ReadonlyMap<string, number>;
  readonly failures: readonly RequestFailure[];
}

/** Below what one connection may have open at a time. */
const BATCH = 50;
/** The backend keeps all bytes that it reads, so that it is another one now and then. */
const BATCHES_A_RUN = 40;
const MAX_FAILURES = 10;

/** Sends generated requests over HTTP/2 to a backend of HTTP/1.1 and collects what did not become one request or none. */
export async function fuzzRequests({ seed, inputs, onProgress }: MappingOptions): Promise<MappingReport> {
  const writer = new RequestWriter(new SeededRandom(seed));
  const counts = new Map<string, number>();
  const failures: RequestFailure[] = [];
  for (let done = 0; done < inputs && failures.length < MAX_FAILURES; done += BATCH * BATCHES_A_RUN) {
    onProgress?.(done);
    const requests = Array.from({ length: Math.min(BATCH * BATCHES_A_RUN, inputs - done) }, (_, i) => writer.write(done + i));
    for (const { verdict, because } of requests.map(expectRequest)) {
      const name = `${verdict}: ${because}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    failures.push(...(await checkAll(requests, done)));
  }
  return { counts, failures };
}

async function checkAll(requests: readonly WrittenRequest[], firstId: number): Promise<readonly RequestFailure[]> {
  await using run = await RequestRun.open();
  const failures: RequestFailure[] = [];
  for (let at = 0; at < requests.length; at += BATCH) {
    failures.push(...(await run.check(requests.slice(at, at + BATCH), firstId + at)));
  }
  const detail = run.secondOpinion();
  const [request] = requests;
  return detail === undefined || request === undefined ? failures : [...failures, { request, detail }];
}
