// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { RefusalRecord } from './refusal-record.ts';

/** Enough to see who comes and why; a scan of thousands a second fills no disk. */
export const MAX_REFUSAL_LINES = 10;

/** That many lines may be written in this time. */
export const REFUSAL_WINDOW_MS = 1_000;

/** Takes what is let through; `omittedCount`: refusals of the port since its last line that have none. */
export type TakeRefusal = (record: RefusalRecord, omittedCount: number) => void;

interface Window {
  readonly timer: Timer;
  lineCount: number;
  omittedCount: number;
  /** The last of those that were left out. */
  omitted: RefusalRecord | undefined;
}

/**
 * Bounds the lines of connections that anybody can make without being anybody: at most `MAX_REFUSAL_LINES` of a port in
 * `REFUSAL_WINDOW_MS`. Where there were more, the last of them has a line at the end of that time, which tells how many have none.
 */
export class RefusalLimit {
  private readonly clock: Clock;
  private readonly take: TakeRefusal;
  /** By port, of those that refused somebody of late. */
  private readonly windows = new Map<string, Window>();

  constructor(clock: Clock, take: TakeRefusal) {
    this.clock = clock;
    this.take = take;
  }

  add(record: RefusalRecord): void {
    const window = this.windows.get(record.port) ?? this.open(record.port);
    if (window.lineCount < MAX_REFUSAL_LINES) {
      window.lineCount++;
      this.take(record, 0);
      return;
    }
    if (window.omitted !== undefined) window.omittedCount++;
    window.omitted = record;
  }

  /** Writes what is still to be told, and stops its timers. */
  close(): void {
    for (const port of [...this.windows.keys()]) this.end(port);
  }

  private open(port: string): Window {
    const timer = this.clock.after(REFUSAL_WINDOW_MS, () => this.end(port));
    const window: Window = { timer, lineCount: 0, omittedCount: 0, omitted: undefined };
    this.windows.set(port, window);
    return window;
  }

  private end(port: string): void {
    const window = this.windows.get(port);
    if (window === undefined) return;
    window.timer.cancel();
    this.windows.delete(port);
    if (window.omitted !== undefined) this.take(window.omitted, window.omittedCount);
  }
}
