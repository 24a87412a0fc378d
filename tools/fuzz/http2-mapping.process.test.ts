// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { fuzzHttp1Requests } from './mapping/run/fuzz-http1-requests.ts';
import { fuzzRequests } from './mapping/run/fuzz-requests.ts';
import { fuzzResponses } from './mapping/run/fuzz-responses.ts';

const SEED = 20_260_103;

describe('requests of HTTP/2 at a backend of HTTP/1.1', () => {
  it('are one each and mean the same, or are none', async () => {
    const inputs = 10_000;
    const { counts, failures } = await fuzzRequests({ seed: SEED, inputs });
    expect(failures).toEqual([]);
    expect(counts.get('must: nothing is wrong')).toBeGreaterThan(inputs * 0.4);
    expect([...counts.keys()].filter(rule => rule.startsWith('never')).length).toBeGreaterThan(50);
  });
});

describe('answers of hostile backends', () => {
  it('are one each and mean the same, or are none', async () => {
    const inputs = 800;
    const { counts, failures } = await fuzzResponses({ seed: SEED, inputs });
    expect(failures).toEqual([]);
    expect([...counts.keys()]).toEqual(
      expect.arrayContaining(['http1, must: it is whole', 'http1, never', 'http2, must: it is whole', 'http2, never']),
    );
  });
});

describe('requests of HTTP/1.1 at a backend of HTTP/2', () => {
  it('are those that were sent', async () => {
    const { counts, failures } = await fuzzHttp1Requests({ seed: SEED, inputs: 500 });
    expect(failures).toEqual([]);
    expect([...counts.keys()]).toEqual(expect.arrayContaining(['http1 requests: 0', 'http1 requests: 1', 'http1 requests: 2']));
  });
});
