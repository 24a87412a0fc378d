// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { checkInput } from './differences/check-input.ts';
import { KNOWN_DIFFERENCES } from './differences/known-differences.ts';
import { checkSplits } from './run/check-splits.ts';
import { fuzz } from './run/fuzz.ts';
import { minimise } from './run/minimise.ts';

const INPUTS = 50_000;
const SEED = 20_260_101;
const TIMEOUT_MS = 60_000;

describe('the HTTP/1.1 codec beside llhttp', () => {
  const report = fuzz({ seed: SEED, inputs: INPUTS, splitEvery: 100 });

  it('differs from llhttp only in ways that are known', { timeout: TIMEOUT_MS }, () => {
    expect(report.failures).toEqual([]);
  });

  it('is given messages that both accept as well as ones that both refuse', () => {
    expect(report.counts.get('accepted')).toBeGreaterThan(INPUTS * 0.3);
    expect(report.counts.get('same')).toBeLessThan(INPUTS * 0.99);
  });

  it.each(KNOWN_DIFFERENCES.map(({ name, example }) => ({ name, example })))(
    'shows `$name` by its example',
    ({ name, example }) => {
      const [direction, text] = example;
      expect(checkInput(text, direction)).toMatchObject({ kind: 'known', name });
    },
  );
});

describe('checkInput', () => {
  it('finds both parsers agreeing on an ordinary request', () => {
    const text = 'POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello';
    expect(checkInput(text, 'request')).toMatchObject({
      kind: 'same',
      outcome: { messages: [{ line: 'POST /a 1.1', body: 'hello' }] },
    });
  });

  it('names why Weir alone refuses', () => {
    expect(checkInput('GET / HTTP/1.1\r\n\r\n', 'request')).toMatchObject({ kind: 'known', name: 'host-is-required' });
  });

  it('names why llhttp alone refuses', () => {
    expect(checkInput('BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 'request')).toMatchObject({ kind: 'known', name: 'any-method' });
  });
});

describe('checkSplits', () => {
  it('reads a chunked request with trailers alike however it is cut', () => {
    const text =
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n';
    expect(checkSplits(text, 'request')).toBeUndefined();
  });
});

describe('minimise', () => {
  it('leaves only what is needed', () => {
    expect(minimise('some text with a needle in a lot of hay', text => text.includes('needle'))).toBe('needle');
  });
});
