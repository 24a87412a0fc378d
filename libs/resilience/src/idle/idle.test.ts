// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange, TestBody } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdleLayer } from './idle.ts';

const HEAD = { status: 200, headers: new HeaderList(), contentLength: undefined };

function start(body = new TestBody(0)) {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  const exchange = createTestExchange({ body });
  const call = createIdleLayer({ idleTimeoutMs: 100, clock })(upstream.dispatch)(exchange, handler);
  return { clock, attempt: upstream.last, exchange, call, events: handler.events };
}

/** Takes the request's body as a codec does. */
function take({ exchange }: ReturnType<typeof start>, isTaking = true) {
  const sink = createRecordingHandler();
  sink.isTaking = isTaking;
  exchange.body.pipe(sink);
  return sink;
}

describe('the idle layer', () => {
  it('passes everything on and leaves no timer', () => {
    const { clock, attempt, exchange, events, call } = start();
    attempt.handler.onInformation({ ...HEAD, status: 103 });
    attempt.handler.onHead(HEAD);
    attempt.handler.onData(Buffer.from('abc'));
    call.resume();
    attempt.handler.onEnd(undefined);
    clock.advance(1000);
    expect(events).toEqual(['information 103', 'head 200', 'data abc', 'end']);
    expect([attempt.isCancelled, attempt.resumeCount, clock.pendingTimerCount(), exchange.idleTimeoutMs]).toEqual([
      false,
      1,
      0,
      100,
    ]);
  });

  it.each([
    ['before the answer', false, ['fault upstream_timeout']],
    ['within it', true, ['head 200', 'fault idle_timeout']],
  ])('ends an exchange that is silent %s', (_, isAnswered, expected) => {
    const { clock, attempt, events } = start();
    if (isAnswered) attempt.handler.onHead(HEAD);
    clock.advance(99);
    expect(attempt.isCancelled).toBe(false);
    clock.advance(1);
    expect(events).toEqual(expected);
    expect([attempt.isCancelled, clock.pendingTimerCount()]).toEqual([true, 0]);
  });

  it('blames the client for a body that it does not go on with', () => {
    const body = new TestBody(undefined);
    const run = start(body);
    const sink = take(run);
    run.clock.advance(90);
    body.data('a');
    run.clock.advance(99);
    expect(run.events).toEqual([]);
    run.clock.advance(1);
    expect([sink.events, run.events]).toEqual([['data a'], ['fault request_timeout']]);
  });

  it('blames the upstream for a body that it does not take, and once it has all of it', () => {
    const stuck = start(new TestBody(undefined));
    take(stuck, false);
    (stuck.exchange.body as { resume: () => void }).resume();
    const body = new TestBody(undefined);
    const run = start(body);
    take(run, false);
    body.data('a');
    run.clock.advance(100);
    expect(run.events).toEqual(['fault upstream_timeout']);
    const whole = new TestBody(undefined);
    const after = start(whole);
    take(after);
    whole.end();
    after.clock.advance(100);
    expect(after.events).toEqual(['fault upstream_timeout']);
  });

  it('is held against the endpoint where that had to answer, and nowhere else', () => {
    const silent = start();
    const cut = start();
    cut.attempt.handler.onHead(HEAD);
    const unfinished = start(new TestBody(undefined));
    take(unfinished);
    for (const { clock } of [silent, cut, unfinished]) clock.advance(100);
    const reasons = [silent, cut, unfinished].map(({ attempt, events }) => [events.at(-1), attempt.cancelledFor]);
    expect(reasons).toEqual([
      ['fault upstream_timeout', 'late'],
      ['fault idle_timeout', undefined],
      ['fault request_timeout', undefined],
    ]);
  });

  it('leaves a request without a body as it is', () => {
    const body = new TestBody(0);
    expect(start(body).exchange.body).toBe(body);
  });

  it('leaves no timer behind a fault or a caller that leaves', () => {
    const failed = start();
    failed.attempt.handler.onFault(new Fault('upstream_reset', 'gone'));
    const left = start();
    left.call.cancel();
    for (const { clock } of [failed, left]) clock.advance(1000);
    expect([failed.events, left.events, left.attempt.isCancelled]).toEqual([['fault upstream_reset'], [], true]);
    expect([failed.clock.pendingTimerCount(), left.clock.pendingTimerCount()]).toEqual([0, 0]);
  });

  it('ends an exchange exactly when the first pause comes that is too long', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 30 }), pauses => {
        const { clock, attempt, events } = start();
        attempt.handler.onHead(HEAD);
        let endMs: number | undefined;
        for (const pauseMs of pauses) {
          if (pauseMs >= 100) {
            endMs = clock.nowMs() + 100;
            break;
          }
          clock.advance(pauseMs);
          attempt.handler.onData(Buffer.from('x'));
        }
        endMs ??= clock.nowMs() + 100;
        clock.advance(endMs - clock.nowMs() - 1);
        expect(events).not.toContain('fault idle_timeout');
        clock.advance(1);
        expect(events).toContain('fault idle_timeout');
      }),
    );
  });
});
