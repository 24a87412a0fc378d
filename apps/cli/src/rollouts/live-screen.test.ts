// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { LiveScreen } from './live-screen.ts';

it('draws over what it drew, in one write, also where the window has become narrower', () => {
  const written: string[] = [];
  let columns = 80;
  const screen = new LiveScreen({ write: text => void written.push(text), size: () => ({ columns, rows: 24 }) });
  screen.draw(['one', '\u001B[32mtwo two two\u001B[39m', '']);
  expect(written).toEqual(['one\u001B[K\n\u001B[32mtwo two two\u001B[39m\u001B[K\n\u001B[K\n\u001B[J']);
  screen.draw(['three']);
  expect(written[1]).toBe('\u001B[3A\rthree\u001B[K\n\u001B[J');
  screen.draw(['two two two']);
  columns = 4;
  screen.draw([]);
  expect(written[3]).toBe('\u001B[3A\r\u001B[J');
});
