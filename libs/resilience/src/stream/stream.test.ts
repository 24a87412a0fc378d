// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createStreamTimeoutLayer } from './stream.ts';

function start(contentType?: string) {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  const headers = contentType === undefined ? new HeaderList() : HeaderList.of(['content-type', contentType]);
  const exchange = createTestExchange({ request: { headers } });
  const call = createStreamTimeoutLayer({ streamTimeoutMs: 100, clock })(upstream.dispatch)(exchange, handler);
  return { clock, attempt: upstream.last, exchange, call, events: handler.events };
}

function headOf(status: number, contentType = 'text/plain') {
  return { status, headers: HeaderList.of(['content-type', contentType]), contentLength: undefined };
}

describe('the limit of streams', () => {
  it.each([
    ['a WebSocket', undefined, headOf(101)],
    ['server-sent events', undefined, headOf(200, 'text/event-stream; charset=utf-8')],
    ['a gRPC call', 'application/grpc+proto', headOf(200, 'application/grpc')],
  ])('ends %s, counted from its request', (_, contentType, head) => {
    const { clock, attempt, events } = start(contentType);
    clock.advance(60);
    attempt.handler.onHead(head);
    attempt.handler.onData(Buffer.from('x'));
    clock.advance(39);
    expect(attempt.isCancelled).toBe(false);
    clock.advance(1);
    expect(events).toEqual([`head ${head.status}`, 'data x', 'fault stream_deadline']);
    expect([attempt.isCancelled, clock.pendingTimerCount()]).toEqual([true, 0]);
  });

  it('ends at once what answers too late', () => {
    const { clock, attempt, events } = start();
    clock.advance(500);
    attempt.handler.onHead(headOf(101));
    clock.advance(0);
    expect(events).toEqual(['head 101', 'fault stream_deadline']);
  });

  it('is not of other answers, nor of the time before any', () => {
    const { clock, attempt, events } = start();
    attempt.handler.onInformation(headOf(103));
    clock.advance(500);
    attempt.handler.onHead(headOf(200, 'text/event-streams'));
    clock.advance(500);
    attempt.handler.onEnd(undefined);
    expect(events).toEqual(['information 103', 'head 200', 'end']);
  });

  it('is a deadline of gRPC calls, and of no others', () => {
    expect([start('application/grpc').exchange.deadlineMs, start().exchange.deadlineMs]).toEqual([100, Infinity]);
  });

  it('leaves no timer behind an end, a fault or a caller that leaves', () => {
    const runs = [start(), start(), start()] as const;
    for (const { attempt } of runs) attempt.handler.onHead(headOf(101));
    runs[0].call.resume();
    runs[0].attempt.handler.onEnd(undefined);
    runs[1].attempt.handler.onFault(new Fault('upstream_reset', 'gone'));
    runs[2].call.cancel();
    expect(runs.map(({ clock }) => clock.pendingTimerCount())).toEqual([0, 0, 0]);
    expect([runs[0].attempt.resumeCount, runs[1].events.at(-1), runs[2].attempt.isCancelled]).toEqual([
      1,
      'fault upstream_reset',
      true,
    ]);
  });
});
