// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from './decoder.ts';
import { encodeField, encodePseudoField, encodeStatus } from './encoder.ts';
import { HpackError } from './hpack-error.ts';

type Fields = readonly (readonly [name: string, value: string])[];

function decode(decoder: HpackDecoder, block: Buffer): Fields {
  const fields: [string, string][] = [];
  decoder.decode(block, (name, value) => fields.push([name, value]));
  return fields;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const request = (authority: string, ...more: Fields): Fields => [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', authority],
  ...more,
];

/** The examples of RFC 7541 Appendix C.4: Huffman-coded requests on one connection. */
const REQUESTS: readonly (readonly [block: string, fields: Fields])[] = [
  ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', request('www.example.com')],
  ['8286 84be 5886 a8eb 1064 9cbf', request('www.example.com', ['cache-control', 'no-cache'])],
  [
    '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/index.html'],
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ],
  ],
];

const response = (status: string, date: string, ...more: Fields): Fields => [
  [':status', status],
  ['cache-control', 'private'],
  ['date', date],
  ['location', 'https://www.example.com'],
  ...more,
];

/** C.5: responses in a table of 256 octets, from which entries are evicted. */
const RESPONSES: readonly (readonly [block: string, fields: Fields])[] = [
  [
    `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e
     1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`.replaceAll(/\s/g, ''),
    response('302', 'Mon, 21 Oct 2013 20:13:21 GMT'),
  ],
  ['4803 3330 37c1 c0bf', response('307', 'Mon, 21 Oct 2013 20:13:21 GMT')],
];

describe('an HPACK decoder', () => {
  it('reads the requests of the specification', () => {
    const decoder = new HpackDecoder(4096);
    for (const [block, fields] of REQUESTS) expect(decode(decoder, hex(block))).toEqual(fields);
  });

  it('reads the responses of the specification from a small table', () => {
    const decoder = new HpackDecoder(256);
    for (const [block, fields] of RESPONSES) expect(decode(decoder, hex(block))).toEqual(fields);
  });

  it('reads a Huffman-coded string of many thousand characters', () => {
    // Eight times the letter a, whose code is 00011, are five octets; there are 5,000 of them.
    const block = `0001 61ff 8926 ${'18c6318c63'.repeat(1_000)}`;
    expect(decode(new HpackDecoder(4096), hex(block))).toEqual([['a', 'a'.repeat(8_000)]]);
  });

  it.each([
    ['an index without an entry', 'be'],
    ['index 0', '80'],
    ['a string longer than the block', '4003 61'],
    ['a block that ends within an integer', 'ff'],
    ['an integer beyond all bounds', 'ff ff ff ff ff ff ff'],
    ['Huffman padding that is not ones', '0001 8100 0161'],
    ['Huffman padding of more than seven bits', '0082 1fff 0161'],
    ['the end of string within a string', '0084 ffff ffff 0161'],
    ['a table size update after a field', '82 20'],
    ['a table larger than allowed', '3fe2 1f'],
  ])('refuses %s', (_case, block) => {
    expect(() => decode(new HpackDecoder(4096), hex(block))).toThrow(HpackError);
  });

  it('takes back what the encoder writes, whatever the value', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,200}$/);
    const value = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,600}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fields => {
        const block = fields.map(([key, text]) => encodeField(key, text)).join('');
        expect(decode(new HpackDecoder(4096), Buffer.from(block, 'latin1'))).toEqual(fields);
      }),
    );
  });

  it('never throws anything but an HpackError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          decode(new HpackDecoder(4096), Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the encoder', () => {
  it('uses the static table, and lets nobody keep secrets', () => {
    expect(Buffer.from(encodeStatus(200), 'latin1').toString('hex')).toBe('88');
    expect(Buffer.from(encodePseudoField(':method', 'GET'), 'latin1').toString('hex')).toBe('82');
    // Never indexed (RFC 7541 §6.2.3): 0001 and the index of `authorization`, 23.
    expect(Buffer.from(encodeField('authorization', 'x'), 'latin1').toString('hex')).toBe('1f080178');
    expect(Buffer.from(encodeField('accept', 'x'), 'latin1').toString('hex')).toBe('0f040178');
  });
});
