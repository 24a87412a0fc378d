// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode, ResponseHandler } from '@weir/base';
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
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';
import { createRetryLayer } from './retry.ts';

const SPEC: RetrySpec = {
  attempts: 2,
  kinds: ['Reset', 'Timeout'],
  statusCodes: [503],
  grpcStatusCodes: [],
  backoffMs: 100,
  retriesAllMethods: false,
};
const RESET = new Fault('upstream_reset_before_request', 'reset');

interface Setting {
  readonly spec?: Partial<RetrySpec>;
  readonly body?: TestBody;
  readonly deadlineMs?: number;
  readonly chance?: number;
  readonly minPerSecond?: number;
  readonly request?: NonNullable<TestExchangeInit['request']>;
}

function start(
  { spec = {}, body = new TestBody(0), deadlineMs = Infinity, chance = 0, minPerSecond = 10, request = {} }: Setting = {},
  more: Partial<ResponseHandler> = {},
) {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const handler = { ...createRecordingHandler(), ...more };
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

describe('an answer after which no more retries are made', () => {
  const marksOf = ({ upstream }: ReturnType<typeof start>, head = headOf(503)): string | undefined => {
    upstream.last.handler.onHead(head);
    return head.headers.get('weir-retry');
  };

  it('is marked, and no other is', () => {
    const run = start({ spec: { attempts: 1 } });
    expect(marksOf(run)).toBeUndefined();
    run.clock.advance(100);
    expect(marksOf(run)).toBe('exhausted');
    expect(marksOf(start(), headOf(200))).toBeUndefined();
    expect(marksOf(start({ request: { method: 'POST' } }))).toBeUndefined();
  });

  it.each<[string, Setting]>([
    ['the budget is used up', { minPerSecond: 0 }],
    ['the deadline is too near', { deadlineMs: 50 }],
  ])('is marked where %s', (_, setting) => {
    expect(marksOf(start(setting))).toBe('exhausted');
  });

  it('is marked when it is a fault, which keeps its own fields', () => {
    const faults: Fault[] = [];
    const run = start({ minPerSecond: 0 }, { onFault: fault => faults.push(fault) });
    run.upstream.last.handler.onFault(new Fault('upstream_reset', 'gone', { headers: HeaderList.of(['a', 'b']), cause: 1 }));
    expect([...(faults[0]?.headers?.entries() ?? [])]).toEqual([
      ['a', 'b'],
      ['weir-retry', 'exhausted'],
    ]);
    expect([faults[0]?.code, faults[0]?.message, faults[0]?.cause]).toEqual(['upstream_reset', 'gone', 1]);
  });

  it('that a proxy behind has marked is not tried again, and keeps its mark', () => {
    const { upstream, events, clock } = start();
    const head = headOf(503);
    head.headers.append('weir-retry', 'exhausted');
    upstream.last.handler.onHead(head);
    clock.advance(1000);
    expect([events, upstream.attempts.length, head.headers.getAll('weir-retry')]).toEqual([['head 503'], 1, ['exhausted']]);
  });
});

describe('what a server says of when to come back', () => {
  function startWith(name: string, value: string, setting: Setting = {}) {
    const run = start(setting);
    const head = headOf(503);
    head.headers.append(name, value);
    run.upstream.last.handler.onHead(head);
    return run;
  }

  it('is waited for where it is longer than the backoff', () => {
    const { clock, upstream } = startWith('retry-after', '3');
    clock.advance(2999);
    expect(upstream.attempts).toHaveLength(1);
    clock.advance(1);
    expect(upstream.attempts).toHaveLength(2);
    const short = startWith('retry-after', '0');
    short.clock.advance(99);
    expect(short.upstream.attempts).toHaveLength(1);
  });

  it.each<[string, string, Setting]>([
    ['retry-after', '11', {}],
    ['grpc-retry-pushback-ms', '-1', {}],
    ['retry-after', '3', { deadlineMs: 3000 }],
  ])('is told to the caller where %s: %s is too long for %o', (name, value, setting) => {
    const { events, clock, upstream } = startWith(name, value, setting);
    expect([events, clock.pendingTimerCount(), upstream.attempts.length]).toEqual([['head 503'], 0, 1]);
  });
});

describe('failures that a policy names', () => {
  it.each<[FaultCode, RetrySpec['kinds'], number]>([
    ['upstream_reset', ['Reset'], 2],
    ['upstream_timeout', ['Reset'], 1],
    ['upstream_reset', ['Timeout'], 1],
    ['upstream_timeout', ['Timeout'], 2],
    ['upstream_reset', [], 1],
    ['upstream_connect_failed', [], 2],
    ['upstream_tls_failed', [], 2],
  ])('%s under %o leads to %i attempts', (code, kinds, attempts) => {
    const { upstream, clock } = start({ spec: { kinds } });
    upstream.last.handler.onFault(new Fault(code, 'gone'));
    clock.advance(1000);
    expect(upstream.attempts).toHaveLength(attempts);
  });
});

it('however servers answer, no more attempts are made than asked for and the budget has, and one answer is passed on', () => {
  const outcome = fc.constantFrom<FaultCode | number>(200, 503, 'upstream_reset', 'upstream_connect_failed', 'upstream_timeout');
  fc.assert(
    fc.property(
      fc.array(outcome, { minLength: 12, maxLength: 12 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 10 }),
      (outcomes, attempts, minPerSecond) => {
        const { upstream, clock, events } = start({ spec: { attempts, backoffMs: 0 }, minPerSecond });
        for (const one of outcomes) {
          if (events.length > 0) break;
          if (typeof one === 'number') upstream.last.handler.onHead(headOf(one));
          else upstream.last.handler.onFault(new Fault(one, 'gone'));
          clock.advance(0);
        }
        expect(upstream.attempts.length).toBeLessThanOrEqual(1 + Math.min(attempts, minPerSecond));
        expect(events).toHaveLength(1);
      },
    ),
  );
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
