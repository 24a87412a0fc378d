// SPDX-License-Identifier: Apache-2.0
import { createPaint } from './paint.ts';
import type { Paint } from './paint.ts';

/** Where a command prints, and how. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly isColour: boolean;
  readonly paint: Paint;
  /** As it is now: a window may become another. */
  size(): ScreenSize;
}

/** In characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a command has of its surroundings. */
export interface Terminal {
  /** What other programs read: results, and the access log. */
  readonly out: Output;
  /** What people read besides. */
  readonly err: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const USUAL: ScreenSize = { columns: 80, rows: 24 };
/** Of what is no terminal: lines that still read well, and as many as there are. */
const PAPER: ScreenSize = { columns: 120, rows: Number.POSITIVE_INFINITY };

/** The process's own streams. A reader that goes away early (`| head`) is no error. */
export function createTerminal(): Terminal {
  const environment = process.env;
  return {
    out: outputOf(process.stdout, environment),
    err: outputOf(process.stderr, environment),
    environment,
  };
}

function outputOf(stream: NodeJS.WriteStream, environment: Terminal['environment']): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTerminal = stream.isTTY;
  const isColour = isTerminal && wantsColour(environment);
  return {
    write: text => void stream.write(text),
    ...{ isTerminal, isColour, paint: createPaint(isColour) },
    size: () => (isTerminal ? sizeOf(stream) : PAPER),
  };
}

/** A terminal that nobody has told its size says 0. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): ScreenSize {
  return { columns: columns > 0 ? columns : USUAL.columns, rows: rows > 0 ? rows : USUAL.rows };
}

/** https://no-color.org: any value but the empty one means no. */
function wantsColour({ NO_COLOR, TERM }: Terminal['environment']): boolean {
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
