// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createTimeoutLayer } from './timeout.ts';

const HEAD = { status: 200, headers: new HeaderList(), contentLength: undefined };

function start() {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  const layer = createTimeoutLayer({ timeoutMs: 100, code: 'upstream_timeout', clock });
  const call = layer(upstream.dispatch)(createTestExchange(), handler);
  return { clock, attempt: upstream.last, events: handler.events, call };
}

describe('the timeout layer', () => {
  it('passes a response on that is complete in time, and leaves no timer', () => {
    const { clock, attempt, events } = start();
    attempt.handler.onInformation({ ...HEAD, status: 103 });
    attempt.handler.onHead(HEAD);
    attempt.handler.onData(Buffer.from('abc'));
    clock.advance(99);
    attempt.handler.onEnd(undefined);
    clock.advance(1_000);
    expect(events).toEqual(['information 103', 'head 200', 'data abc', 'end']);
    expect([attempt.isCancelled, clock.pendingTimerCount()]).toEqual([false, 0]);
  });

  it.each([
    ['before the head', false, ['fault upstream_timeout']],
    ['within the body', true, ['head 200', 'fault upstream_timeout']],
  ])('ends a call that is late %s and cancels it', (_when, hasHead, expected) => {
    const { clock, attempt, events } = start();
    if (hasHead) attempt.handler.onHead(HEAD);
    clock.advance(100);
    expect(events).toEqual(expected);
    expect(attempt.isCancelled).toBe(true);
  });

  it('passes a fault on and leaves no timer', () => {
    const { clock, attempt, events } = start();
    attempt.handler.onFault(new Fault('upstream_reset', 'gone'));
    clock.advance(1_000);
    expect(events).toEqual(['fault upstream_reset']);
  });

  it('is silent after the caller cancelled, and resumes what the caller resumes', () => {
    const { clock, attempt, events, call } = start();
    call.resume();
    call.cancel();
    clock.advance(1_000);
    expect([attempt.resumeCount, attempt.isCancelled, clock.pendingTimerCount(), events.length]).toEqual([1, true, 0, 0]);
  });
});

describe('the timeout of a request', () => {
  function startRequest({
    sparesStreams = false,
    contentType = '',
    code = 'request_deadline' as const,
    earlierMs = Infinity,
  } = {}) {
    const clock = createManualClock();
    const upstream = createScriptedDispatch();
    const faults: Fault[] = [];
    const handler = { ...createRecordingHandler(), onFault: (fault: Fault) => void faults.push(fault) };
    const exchange = createTestExchange({ request: { headers: HeaderList.of(['content-type', contentType]) } });
    exchange.deadlineMs = earlierMs;
    createTimeoutLayer({ timeoutMs: 100, code, sparesStreams, clock })(upstream.dispatch)(exchange, handler);
    return { clock, exchange, attempt: upstream.last, faults };
  }
  const events = { ...HEAD, headers: HeaderList.of(['content-type', 'text/event-stream']) };

  it('is its deadline, unless there is an earlier one or its gRPC call may stream', () => {
    expect(startRequest().exchange.deadlineMs).toBe(100);
    expect(startRequest({ earlierMs: 50 }).exchange.deadlineMs).toBe(50);
    const contentType = 'application/grpc';
    expect(startRequest({ contentType }).exchange.deadlineMs).toBe(100);
    expect(startRequest({ contentType, sparesStreams: true }).exchange.deadlineMs).toBe(Infinity);
  });

  it('ends with the head of a stream where streams have a limit of their own', () => {
    for (const [sparesStreams, head, count] of [
      [true, events, 0],
      [true, HEAD, 1],
      [false, events, 1],
    ] as const) {
      const { clock, attempt, faults } = startRequest({ sparesStreams });
      attempt.handler.onHead(head);
      clock.advance(100);
      expect([faults.length, clock.pendingTimerCount()]).toEqual([count, 0]);
    }
  });

  it('marks its fault when retries were made already', () => {
    const marks = [1, 2].map(attempts => {
      const { clock, exchange, faults } = startRequest();
      exchange.attempts = attempts;
      clock.advance(100);
      return faults[0]?.headers?.get('weir-retry');
    });
    expect(marks).toEqual([undefined, 'exhausted']);
  });
});
