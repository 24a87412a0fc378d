// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTraceState } from './trace-state.ts';

const KEY_FIRST = Array.from('abcdefghijklmnopqrstuvwxyz0123456789');
const VALUE_CHARS = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i)).filter(char => !',='.includes(char));

const keys = fc
  .tuple(
    fc.constantFrom(...KEY_FIRST),
    fc.string({ unit: fc.constantFrom(...KEY_FIRST, '_', '-', '*', '/', '@'), maxLength: 255 }),
  )
  .map(([first, rest]) => first + rest);
const values = fc
  .tuple(fc.string({ unit: fc.constantFrom(...VALUE_CHARS), maxLength: 255 }), fc.constantFrom(...VALUE_CHARS.slice(1)))
  .map(([rest, last]) => rest + last);
const members = fc.oneof(
  fc.tuple(keys, values).map(([key, value]) => `${key}=${value}`),
  fc.constantFrom('', ' ', '\t'),
);

describe('isTraceState', () => {
  it('takes up to 32 members of the grammar, with blanks around them', () => {
    const padding = fc.constantFrom('', ' ', '\t ');
    const padded = fc.tuple(padding, members, padding).map(parts => parts.join(''));
    fc.assert(
      fc.property(fc.array(padded, { maxLength: 32 }), list => {
        expect(isTraceState(list.join(','))).toBe(true);
      }),
    );
  });

  it.each([
    ['a key that is there twice: whose it is decides', 'a=1,a=2'],
    ['a tenant', '0t@vendor=x'],
    ['nothing', ''],
    ['blanks within a value', 'a=b c'],
  ])('takes %s', (_what, text) => {
    expect(isTraceState(text)).toBe(true);
  });

  it.each([
    ['33 members', Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(',')],
    ['a member without a value', 'a=1,b'],
    ['an empty value', 'a='],
    ['an empty key', '=1'],
    ['a capital in a key', 'A=1'],
    ['a key that begins with a sign', '_a=1'],
    ['a blank before the equals sign', 'a =1'],
    ['two equals signs', 'a=b=c'],
    ['a control character', 'a=b\u0001'],
    ['letters beyond ASCII', 'a=\u00e9'],
    ['a key of 257 characters', `${'k'.repeat(257)}=v`],
    ['a value of 257 characters', `k=${'v'.repeat(257)}`],
  ])('refuses %s', (_what, text) => {
    expect(isTraceState(text)).toBe(false);
  });
});
