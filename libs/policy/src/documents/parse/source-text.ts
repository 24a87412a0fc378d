// SPDX-License-Identifier: Apache-2.0
import type { Position } from '../document.ts';

/** The text of one file, and where in it an offset is. Lines are only counted when somebody asks. */
export class SourceText {
  /** As the user named the directory. */
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  private lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  get isJson(): boolean {
    return this.file.toLowerCase().endsWith('.json');
  }

  positionAt(offset: number): Position {
    this.lineStarts ??= lineStartsOf(this.text);
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.lineStarts[low]! + 1 };
  }

  /** Offset of the first character of a line that is no space; the line is the one that holds `offset`. */
  firstWordOfLine(offset: number): number {
    let start = offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
    while (this.text[start] === ' ') start++;
    return start;
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}
