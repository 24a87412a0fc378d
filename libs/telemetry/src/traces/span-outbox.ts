// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { SpanRecord } from './span-record.ts';

/** How many spans of a thread are on their way to the one that exports them; that one takes them away again. */
export interface SpanBacklog {
  readonly count: number;
  add(count: number): void;
}

export interface SpanOutboxOptions {
  readonly clock: Clock;
  readonly backlog: SpanBacklog;
  /** Hands spans over; must not wait. */
  readonly send: (spans: readonly SpanRecord[]) => void;
}

/** A message of so many spans takes about a millisecond to write; one for each span would cost more than the span. */
const BATCH_SIZE = 128;
/** How long the first of a batch waits for company. */
const BATCH_DELAY_MS = 200;
/** Some seconds of a busy worker: what the exporting thread may be behind before spans are dropped. About 1 KB each. */
const MAX_BACKLOG = 4_096;

/** Gathers the spans of one thread. */
export class SpanOutbox {
  /** Spans lost since the start. */
  droppedCount = 0;
  private readonly options: SpanOutboxOptions;
  private batch: SpanRecord[] = [];
  private timer: Timer | undefined = undefined;

  constructor(options: SpanOutboxOptions) {
    this.options = options;
  }

  /** Never waits; drops the span where the other side is too far behind. */
  add(span: SpanRecord): void {
    const { backlog, clock } = this.options;
    if (backlog.count + this.batch.length >= MAX_BACKLOG) {
      this.droppedCount += 1;
      return;
    }
    this.batch.push(span);
    if (this.batch.length >= BATCH_SIZE) this.flush();
    else this.timer ??= clock.after(BATCH_DELAY_MS, () => this.flush());
  }

  /** Hands over what is there. */
  flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const { batch } = this;
    if (batch.length === 0) return;
    this.batch = [];
    this.options.backlog.add(batch.length);
    this.options.send(batch);
  }
}
