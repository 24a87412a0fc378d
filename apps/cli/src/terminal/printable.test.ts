// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it('lets nothing through that a terminal would do', () => {
  expect(printable('a\u001B[2Jb\r\u0007\u009B1Ac\u007F')).toBe('a�[2Jb���1Ac�');
  expect(printable('grün\t\n  {"text":"✓"}')).toBe('grün\t\n  {"text":"✓"}');
});
