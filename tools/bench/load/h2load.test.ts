// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { resultFromH2Load } from './h2load.ts';

const REPORT = `
finished in 2.00s, 2.00 req/s, 7.00MB/s
requests: 3 total, 9 started, 3 done, 2 succeeded, 1 failed, 3 errored, 1 timeout
status codes: 2 2xx, 0 3xx, 0 4xx, 1 5xx
`;
const LOG = ['1\t200\t100', '2\t200\t300', '3\t503\t200', ''].join('\n');

describe('resultFromH2Load', () => {
  it('takes requests and latencies from the log, and counts refusals, errors and timeouts', () => {
    expect(resultFromH2Load(REPORT, LOG, 2)).toEqual({
      requests: 3,
      durationUs: 2_000_000,
      errors: 5,
      p50Us: 200,
      p99Us: 300,
    });
  });

  it('refuses a log of more than one run', () => {
    expect(() => resultFromH2Load(REPORT, LOG.repeat(1_000), 2)).toThrow('h2load counted 3 requests and logged 3000');
  });

  it('shows what h2load said when it gave no report', () => {
    expect(() => resultFromH2Load('could not resolve', LOG, 2)).toThrow('h2load gave no report:\ncould not resolve');
  });
});
