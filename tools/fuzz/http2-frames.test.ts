// SPDX-License-Identifier: Apache-2.0
import { http2Block, http2Frame, type TestFrame } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { fuzzBesideNghttp2 } from './frames/nghttp2/fuzz-beside-nghttp2.ts';
import { TYPE } from './frames/model/words.ts';
import { checkInput } from './frames/run/check-input.ts';
import { checkSplits } from './frames/run/check-splits.ts';
import { fuzzFrames } from './frames/run/fuzz.ts';

const INPUTS = 10_000;
const SEED = 20_260_102;
const TIMEOUT_MS = 60_000;

const GET = http2Block([':method', 'GET'], [':scheme', 'http'], [':authority', 'a.example'], [':path', '/']);

function bytesOf(...frames: readonly Partial<TestFrame>[]): Buffer {
  return Buffer.concat(frames.map(frame => http2Frame(frame)));
}

describe('both sides of the HTTP/2 codec beside a model of RFC 9113', () => {
  const report = fuzzFrames({ seed: SEED, inputs: INPUTS, splitEvery: 200 });

  it('do what the model demands, however the bytes are cut', { timeout: TIMEOUT_MS }, () => {
    expect(report.failures).toEqual([]);
  });

  it('are given what is right as well as what is wrong, in many ways', () => {
    expect(report.counts.get('nothing wrong')).toBeGreaterThan(INPUTS * 0.3);
    const wrong = [...report.counts].filter(([rule]) => !rule.startsWith('optional'));
    expect(wrong.length).toBeGreaterThan(60);
  });
});

describe('the server side beside nghttp2', () => {
  it('differs from it only in ways that are known', { timeout: TIMEOUT_MS }, async () => {
    const { counts, failures } = await fuzzBesideNghttp2({ seed: SEED, inputs: 1_000 });
    expect(failures).toEqual([]);
    expect(counts.get('both go on')).toBeGreaterThan(200);
    expect(counts.get('both end')).toBeGreaterThan(200);
  });
});

describe('checkInput', () => {
  it('finds nothing wrong about a plain request', () => {
    const bytes = bytesOf({ type: TYPE.settings }, { type: TYPE.headers, flags: 5, streamId: 1, payload: GET });
    expect(checkInput(bytes, 'server')).toMatchObject({ problem: undefined, rules: [] });
  });

  it('knows what is demanded where a frame is wrong', () => {
    const bytes = bytesOf({ type: TYPE.settings }, { type: TYPE.data, streamId: 1 });
    expect(checkInput(bytes, 'server')).toMatchObject({ problem: undefined, rules: ['connection: DATA of an idle stream'] });
  });

  it('knows that a response has its head before its body', () => {
    const bytes = bytesOf({ type: TYPE.settings }, { type: TYPE.data, streamId: 7, payload: Buffer.from('HTTP/1.1 200 OK') });
    expect(checkInput(bytes, 'client')).toMatchObject({ problem: undefined, rules: ['stream: DATA before the head'] });
  });
});

describe('checkSplits', () => {
  it('reads a padded request with a body alike however it is cut', () => {
    const bytes = bytesOf(
      { type: TYPE.settings },
      { type: TYPE.headers, flags: 4, streamId: 1, payload: GET },
      { type: TYPE.data, flags: 9, streamId: 1, payload: Buffer.from('\x03hello\0\0\0', 'latin1') },
    );
    expect(checkSplits(bytes, 'server')).toBeUndefined();
  });
});
