// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange, TestBody } from '@weir/testing';
import type { TestExchangeInit } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';
import { createUnprocessedRetryLayer } from './retry.ts';

interface Setting {
  readonly request?: NonNullable<TestExchangeInit['request']>;
  readonly body?: TestBody;
  readonly minPerSecond?: number;
}

describe('where nobody asks for retries', () => {
  function startUnasked({ request = {}, body = new TestBody(0), minPerSecond = 10 }: Setting = {}) {
    const clock = createManualClock();
    const upstream = createScriptedDispatch();
    const handler = createRecordingHandler();
    const exchange = createTestExchange({ body, request });
    const budget = new RetryBudget({ share: 0.2, minPerSecond, clock });
    createUnprocessedRetryLayer({ clock, budget })(upstream.dispatch)(exchange, handler);
    return { clock, upstream, exchange, events: handler.events };
  }

  function attemptsAfter(code: FaultCode, run: ReturnType<typeof startUnasked>): number {
    run.upstream.last.handler.onFault(new Fault(code, 'gone'));
    run.clock.advance(0);
    return run.upstream.attempts.length;
  }

  it.each<FaultCode>(['upstream_connect_failed', 'upstream_connect_timeout', 'upstream_reset_before_request'])(
    '%s is tried again at once, whatever the method, and once',
    code => {
      const run = startUnasked({ request: { method: 'POST' } });
      expect(attemptsAfter(code, run)).toBe(2);
      expect(attemptsAfter(code, run)).toBe(2);
      expect(run.events).toEqual([`fault ${code}`]);
    },
  );

  it.each<FaultCode>(['upstream_reset', 'upstream_timeout', 'upstream_tls_failed', 'no_endpoints'])('%s is not', code => {
    expect(attemptsAfter(code, startUnasked())).toBe(1);
  });

  it('nothing is tried again beyond the budget, after a connection has done so itself, or for a status', () => {
    expect(attemptsAfter('upstream_connect_failed', startUnasked({ minPerSecond: 0 }))).toBe(1);
    const repeated = startUnasked();
    repeated.exchange.repeats = 1;
    expect(attemptsAfter('upstream_connect_failed', repeated)).toBe(1);
    const answered = startUnasked();
    const head = { status: 503, headers: new HeaderList(), contentLength: undefined };
    answered.upstream.last.handler.onHead(head);
    expect([answered.events, answered.upstream.attempts.length, head.headers.count]).toEqual([['head 503'], 1, 0]);
  });

  it('what a sidecar could not hand to its application is tried again, once', () => {
    const run = startUnasked({ request: { method: 'POST' } });
    const refuse = (): number => {
      const head = { status: 503, headers: HeaderList.of(['weir-fault', 'upstream_connect_failed']), contentLength: undefined };
      run.upstream.last.handler.onHead(head);
      run.clock.advance(0);
      return head.headers.count;
    };
    expect([refuse(), run.upstream.attempts.length]).toEqual([0, 2]);
    expect([refuse(), run.upstream.attempts.length, run.events]).toEqual([0, 2, ['head 503']]);
  });

  it('a body goes along', () => {
    const body = new TestBody(3);
    const run = startUnasked({ request: { method: 'POST' }, body });
    run.exchange.body.pipe(createRecordingHandler());
    body.data('abc');
    expect(attemptsAfter('upstream_reset_before_request', run)).toBe(2);
    const sink = createRecordingHandler();
    run.exchange.body.pipe(sink);
    expect(sink.events).toEqual(['data abc']);
  });
});
