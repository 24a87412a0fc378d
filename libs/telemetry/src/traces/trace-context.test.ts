// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const DIGITS = Array.from('0123456789abcdef');

function digits(count: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...DIGITS), minLength: count, maxLength: count });
}

function id(count: number): fc.Arbitrary<string> {
  return digits(count).filter(text => !/^0+$/.test(text));
}

/** The specification's words, part by part, without a pattern. */
function modelOf(text: string): TraceContext | undefined {
  const [version = '', traceId = '', spanId = '', flags = '', ...rest] = text.split('-');
  const isHex = (part: string, length: number): boolean =>
    part.length === length && Array.from(part).every(char => DIGITS.includes(char));
  const isId = (part: string, length: number): boolean => isHex(part, length) && Array.from(part).some(char => char !== '0');
  const isVersion = isHex(version, 2) && version !== 'ff' && (version !== '00' || rest.length === 0);
  if (!isVersion || !isId(traceId, 32) || !isId(spanId, 16) || !isHex(flags, 2)) return undefined;
  return { traceId, spanId, flags: Number(`0x${flags}`) % 4 };
}

/** Right ones, and ones with a wrong part or something behind them. */
const texts = fc
  .tuple(
    fc.oneof(fc.constant('00'), digits(2), fc.constantFrom('ff', '0', '000', 'FF')),
    fc.oneof(id(32), fc.constantFrom('0'.repeat(32), TRACE.toUpperCase(), TRACE.slice(1), `${TRACE}0`)),
    fc.oneof(id(16), fc.constantFrom('0'.repeat(16), SPAN.slice(1), `${SPAN}0`, '')),
    fc.oneof(digits(2), fc.constantFrom('1', '001', 'g0', '')),
    fc.constantFrom('', '', '', '-', '-what-the-future-brings', '.', ' '),
  )
  .map(([version, trace, span, flags, rest]) => `${version}-${trace}-${span}-${flags}${rest}`);

describe('parseTraceparent', () => {
  it('takes what the specification takes, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), text => {
        expect(parseTraceparent(text)).toStrictEqual(modelOf(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back what formatTraceparent writes', () => {
    const contexts = fc.record({ traceId: id(32), spanId: id(16), flags: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(contexts, context => {
        expect(parseTraceparent(formatTraceparent(context))).toStrictEqual({ ...context });
      }),
    );
  });

  it.each([
    ['a later version that ends alike', `cc-${TRACE}-${SPAN}-01`, 1],
    ['a later version with more behind', `cc-${TRACE}-${SPAN}-03-more`, 3],
    ['flags that no version defines, without them', `00-${TRACE}-${SPAN}-fd`, 1],
  ])('takes %s', (_what, text, flags) => {
    expect(parseTraceparent(text)).toStrictEqual({ traceId: TRACE, spanId: SPAN, flags });
  });

  it.each([
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version that goes on without a dash', `cc-${TRACE}-${SPAN}-01.more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['blanks', ` 00-${TRACE}-${SPAN}-01`],
    ['two values in one field', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
