// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { SpanOutbox } from './span-outbox.ts';
import type { SpanRecord } from './span-record.ts';

function span(name: string): SpanRecord {
  return {
    ...{ kind: 'server', name, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: '', isParentRemote: true },
    ...{ flags: 3, traceState: '', startMs: 0, durationMs: 1, attributes: {}, hasFailed: false, detail: '' },
  };
}

function open() {
  const clock = createManualClock();
  const sent: number[] = [];
  let waiting = 0;
  const outbox = new SpanOutbox({
    clock,
    backlog: {
      get count() {
        return waiting;
      },
      add: count => void (waiting += count),
    },
    send: spans => void sent.push(spans.length),
  });
  const add = (count: number): void => {
    for (let i = 0; i < count; i++) outbox.add(span(String(i)));
  };
  return { clock, outbox, sent, add, takeAll: () => void (waiting = 0) };
}

describe('SpanOutbox', () => {
  it('hands spans over by the batch, and the last of them after a moment', () => {
    const { clock, sent, add } = open();
    add(128);
    expect(sent).toEqual([128]);
    add(3);
    clock.advance(199);
    expect(sent).toEqual([128]);
    clock.advance(1);
    expect(sent).toEqual([128, 3]);
    clock.advance(1_000);
    expect(sent).toEqual([128, 3]);
  });

  it('drops and counts what comes while the other side is too far behind, and nothing afterwards', () => {
    const { outbox, sent, add, takeAll } = open();
    add(5_000);
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(4_096);
    expect(outbox.droppedCount).toBe(5_000 - 4_096);
    takeAll();
    add(1);
    outbox.flush();
    expect(sent.at(-1)).toBe(1);
    expect(outbox.droppedCount).toBe(5_000 - 4_096);
  });

  it('has nothing to hand over twice', () => {
    const { outbox, sent, add } = open();
    add(1);
    outbox.flush();
    outbox.flush();
    expect(sent).toEqual([1]);
  });
});
