// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { shorten, wrap } from './fit-text.ts';

it('shortens what does not fit', () => {
  expect(['abcd', 'abcde', 'abc de'].map(text => shorten(text, 4))).toEqual(['abcd', 'abc…', 'abc…']);
});

it('breaks between words', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('one threehundred x', 5)).toEqual(['one', 'thre…', 'x']);
  expect(wrap('', 5)).toEqual(['']);
});
