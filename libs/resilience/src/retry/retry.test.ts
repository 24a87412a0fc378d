// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import type { RetrySpec } from '../call-settings.ts';
import {
  createManualClock,
  createRecordingHandler,
  createScriptedDispatch,
  createScriptedRandom,
  createTestExchange,
  TestBody,
} from '@weir/testing';
import type { TestExchangeInit } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';
import { createRetryLayer } from './retry.ts';

const SPEC: RetrySpec = { attempts: 2, kinds: ['Reset', 'Timeout'], statusCodes: [503], grpcStatusCodes: [], backoffMs: 100, retriesAllMethods: false };
const RESET = new Fault('upstream_reset_before_request', 'reset');

interface Setting {
  readonly spec?: Partial<RetrySpec>;
  readonly body?: TestBody;
  readonly deadlineMs?: number;
  readonly chance?: number;
  readonly minPerSecond?: number;
  readonly request?: NonNullable<TestExchangeInit['request']>;
}

function start({
  spec = {},
  body = new TestBody(0),
  deadlineMs = Infinity,
  chance = 0,
  minPerSecond = 10,
  request = {},
}: Setting = {}) {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const handler = createRecordingHandler();
  const budget = new RetryBudget({ share: 0.2, minPerSecond, clock });
  const layer = createRetryLayer({ ...SPEC, ...spec }, { clock, random: createScriptedRandom(chance), budget });
  const exchange = createTestExchange({ body, request });
  exchange.deadlineMs = deadlineMs;
  const call = layer(upstream.dispatch)(exchange, handler);
  return { clock, upstream, exchange, call, events: handler.events };
}

function headOf(status: number) {
  return { status, headers: new HeaderList(), contentLength: undefined };
}

describe('the retry layer', () => {
  it('passes on what needs no retry, with its body', () => {
    const { clock, upstream, events } = start();
    upstream.last.handler.onHead(headOf(200));
    upstream.last.handler.onData(Buffer.from('abc'));
    upstream.last.handler.onEnd(undefined);
    expect(events).toEqual(['head 200', 'data abc', 'end']);
    expect([upstream.attempts.length, clock.pendingTimerCount()]).toEqual([1, 0]);
  });

  it('tries a listed status again after a wait that doubles, and passes the last answer on as it is', () => {
    const { clock, upstream, exchange, events } = start();
    const madeAfter = (byMs: number): number => {
      upstream.last.handler.onHead(headOf(503));
      clock.advance(byMs - 1);
      const before = upstream.attempts.length;
      clock.advance(1);
      return upstream.attempts.length - before;
    };
    expect([madeAfter(100), madeAfter(200)]).toEqual([1, 1]);
    upstream.last.handler.onHead(headOf(503));
    upstream.last.handler.onEnd(undefined);
    expect(events).toEqual(['head 503', 'end']);
    expect(upstream.attempts.map(attempt => attempt.isCancelled)).toEqual([true, true, false]);
    expect(exchange.attempts).toBe(3);
  });

  it('waits by chance up to twice as long', () => {
    const { clock, upstream } = start({ chance: 0.5 });
    upstream.last.handler.onFault(RESET);
    clock.advance(149);
    expect(upstream.attempts).toHaveLength(1);
    clock.advance(1);
    expect(upstream.attempts).toHaveLength(2);
  });

  it('tries a retryable fault again and passes any other on', () => {
    const { clock, upstream, events } = start();
    upstream.last.handler.onFault(RESET);
    clock.advance(100);
    upstream.last.handler.onFault(new Fault('no_endpoints', 'none'));
    expect(events).toEqual(['fault no_endpoints']);
    expect([upstream.attempts.length, clock.pendingTimerCount()]).toEqual([2, 0]);
  });

  it('never tries again once a response is passed on', () => {
    const { clock, upstream, events } = start();
    upstream.last.handler.onHead(headOf(200));
    upstream.last.handler.onFault(RESET);
    clock.advance(10_000);
    expect(events).toEqual(['head 200', 'fault upstream_reset_before_request']);
    expect(upstream.attempts).toHaveLength(1);
  });

  it('does not wait for a retry that could only begin after the deadline', () => {
    const { clock, upstream, events } = start({ deadlineMs: 100 });
    upstream.last.handler.onHead(headOf(503));
    expect(events).toEqual(['head 503']);
    expect([upstream.last.isCancelled, clock.pendingTimerCount()]).toEqual([false, 0]);
  });

  it('ends the waiting and the running attempt when the caller cancels', () => {
    const waiting = start();
    waiting.upstream.last.handler.onFault(RESET);
    waiting.call.cancel();
    waiting.clock.advance(10_000);
    expect([waiting.upstream.attempts.length, waiting.events.length]).toEqual([1, 0]);
    const running = start();
    running.call.cancel();
    expect(running.upstream.last.isCancelled).toBe(true);
  });

  it('passes 1xx responses only of the attempt that answers, and 100 at once and once', () => {
    const { clock, upstream, events } = start();
    for (const status of [100, 103]) upstream.last.handler.onInformation(headOf(status));
    expect(events).toEqual(['information 100']);
    upstream.last.handler.onHead(headOf(503));
    clock.advance(100);
    for (const status of [100, 102]) upstream.last.handler.onInformation(headOf(status));
    upstream.last.handler.onHead(headOf(200));
    expect(events).toEqual(['information 100', 'information 102', 'head 200']);
  });
});

describe('what may be sent again', () => {
  const afterStatus = (setting: Setting): number => {
    const run = start(setting);
    run.upstream.last.handler.onHead(headOf(503));
    run.clock.advance(1000);
    return run.upstream.attempts.length;
  };
  const afterFault = (code: FaultCode, setting: Setting): number => {
    const run = start(setting);
    run.upstream.last.handler.onFault(new Fault(code, 'gone'));
    run.clock.advance(1000);
    return run.upstream.attempts.length;
  };
  const post = { method: 'POST' };

  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])('is %s, which may be repeated', method => {
    expect([afterStatus({ request: { method } }), afterFault('upstream_reset', { request: { method } })]).toEqual([2, 2]);
  });

  it.each(['POST', 'PATCH', 'BREW'])('is not %s, which the server may have done already', method => {
    expect([afterStatus({ request: { method } }), afterFault('upstream_reset', { request: { method } })]).toEqual([1, 1]);
  });

  it('is whatever was provably not processed', () => {
    expect(afterFault('upstream_reset_before_request', { request: post })).toBe(2);
    expect(afterFault('upstream_connect_failed', { request: post })).toBe(2);
  });

  it('is what has an Idempotency-Key, and everything where the policy says so', () => {
    const headers = HeaderList.of(['idempotency-key', '"a"']);
    expect(afterStatus({ request: { ...post, headers } })).toBe(2);
    expect(afterStatus({ request: post, spec: { retriesAllMethods: true } })).toBe(2);
  });

  it('is a gRPC call where codes are named after which calls are made again', () => {
    const request = { ...post, headers: HeaderList.of(['content-type', 'application/grpc']) };
    expect([afterStatus({ request, spec: { grpcStatusCodes: [14] } }), afterStatus({ request })]).toEqual([2, 1]);
  });

  it('is nothing once the budget is used up: the answer at hand goes on', () => {
    const run = start({ minPerSecond: 0 });
    run.upstream.last.handler.onHead(headOf(503));
    run.clock.advance(1000);
    expect([run.upstream.attempts.length, run.events]).toEqual([1, ['head 503']]);
  });
});

describe('a request body under retries', () => {
  /** Sends what is there of the body to a sink of its own, as a codec does. */
  function take({ exchange }: ReturnType<typeof start>, isTaking = true) {
    const sink = createRecordingHandler();
    sink.isTaking = isTaking;
    exchange.body.pipe(sink);
    return sink;
  }

  it('is replayed with what came meanwhile', () => {
    const body = new TestBody(undefined);
    const run = start({ body });
    const first = take(run);
    body.data('ab');
    run.upstream.last.handler.onFault(RESET);
    body.data('cd');
    run.clock.advance(100);
    const second = take(run);
    body.data('ef');
    body.end();
    expect(first.events).toEqual(['data ab']);
    expect(second.events).toEqual(['data ab', 'data cd', 'data ef', 'end']);
  });

  it('stops at each chunk of a replay when the sink asks, and goes on with the source', () => {
    const body = new TestBody(4);
    const run = start({ body });
    take(run);
    body.data('ab');
    body.data('cd');
    run.upstream.last.handler.onFault(RESET);
    run.clock.advance(100);
    const second = take(run, false);
    expect(second.events).toEqual(['data ab']);
    run.exchange.body.resume();
    expect(second.events).toEqual(['data ab', 'data cd']);
    body.end();
    run.exchange.body.resume();
    expect(second.events).toEqual(['data ab', 'data cd', 'end']);
  });

  it('that is announced above 64 KiB is only tried again while untouched', () => {
    const body = new TestBody(65_537);
    const run = start({ body });
    run.upstream.last.handler.onFault(RESET);
    run.clock.advance(100);
    expect(run.upstream.attempts).toHaveLength(2);
    take(run);
    body.data('a');
    run.upstream.last.handler.onFault(RESET);
    expect(run.events).toEqual(['fault upstream_reset_before_request']);
  });

  it.each([
    [65_536, 2, []],
    [65_537, 1, ['fault upstream_reset_before_request']],
  ])('of unknown length that grew to %i bytes leads to %i attempts', (length, attempts, events) => {
    const body = new TestBody(undefined);
    const run = start({ body });
    const sink = take(run);
    body.data('a'.repeat(60_000));
    body.data('b'.repeat(length - 60_000));
    run.upstream.last.handler.onFault(RESET);
    run.clock.advance(100);
    expect([run.upstream.attempts.length, run.events]).toEqual([attempts, events]);
    expect(sink.events).toHaveLength(2);
  });

  it('that broke off is not sent again', () => {
    const body = new TestBody(undefined);
    const run = start({ body });
    const sink = take(run);
    body.fault(new Fault('client_closed', 'gone'));
    run.upstream.last.handler.onFault(RESET);
    expect(sink.events).toEqual(['fault client_closed']);
    expect(run.events).toEqual(['fault upstream_reset_before_request']);
  });
});
