// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../terminal/terminal.ts';

const ESCAPE = '\u001B[';
const ERASE_LINE = `${ESCAPE}K`;
const ERASE_BELOW = `${ESCAPE}J`;

/** Draws over what it drew before. What stands above stays; the cursor is below, so that whoever ends it finds a prompt there. */
export class LiveScreen {
  private readonly output: Pick<Output, 'size' | 'write'>;
  private drawn: readonly string[] = [];

  constructor(output: Pick<Output, 'size' | 'write'>) {
    this.output = output;
  }

  /** One write for all of it: a screen that is half old would flicker. */
  draw(lines: readonly string[]): void {
    const up = this.drawn.reduce((sum, line) => sum + this.rowsOf(line), 0);
    const back = up === 0 ? '' : `${ESCAPE}${up}A\r`;
    this.output.write(`${back}${lines.map(line => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`);
    this.drawn = lines;
  }

  /** Where the window has become narrower, a line has become several. */
  private rowsOf(line: string): number {
    const { length } = stripVTControlCharacters(line);
    return Math.max(1, Math.ceil(length / this.output.size().columns));
  }
}
