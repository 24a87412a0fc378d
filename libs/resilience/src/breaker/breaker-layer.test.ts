// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { FaultCode } from '@weir/base';
import { createManualClock, createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import type { ScriptedAttempt } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { privateCells } from '../backend-memory/backend-memory.ts';
import { createBreakerLayer } from './breaker-layer.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

const OPTIONS = { errorPercent: 100, minimumRequests: 1, windowMs: 1_000, openMs: 2_500, halfOpenRequests: 1 };
const GRPC = { method: 'POST', headers: HeaderList.of(['content-type', 'application/grpc']) };
const GRPC_WITH_DEADLINE = {
  method: 'POST',
  headers: HeaderList.of(['content-type', 'application/grpc'], ['grpc-timeout', '1n']),
};

function headOf(status: number, ...fields: readonly (readonly [string, string])[]) {
  return { status, headers: HeaderList.of(...fields), contentLength: undefined };
}

/** A breaker that opens with the first failure, and the calls that go through it. */
function start() {
  const clock = createManualClock();
  const breaker = new CircuitBreaker({ ...OPTIONS, clock, cells: privateCells() });
  const upstream = createScriptedDispatch();
  let refusedCount = 0;
  const layer = createBreakerLayer({ breaker, label: 'shop/cart:80', onRefused: () => refusedCount++ });
  const dispatch = layer(upstream.dispatch);
  const send = (request = {}) => {
    const handler = createRecordingHandler();
    return { handler, call: dispatch(createTestExchange({ request }), handler) };
  };
  return { clock, breaker, upstream, send, refusals: () => refusedCount };
}

type Act = (attempt: ScriptedAttempt) => void;

const status: (code: number) => Act = code => attempt => attempt.handler.onHead(headOf(code));
const fault: (code: FaultCode) => Act = code => attempt => attempt.handler.onFault(new Fault(code, 'broken'));
const grpcHead: (code: string) => Act = code => attempt => attempt.handler.onHead(headOf(200, ['grpc-status', code]));
const grpcEnd: (code: string) => Act = code => attempt => {
  attempt.handler.onHead(headOf(200));
  attempt.handler.onData(Buffer.from('message'));
  attempt.handler.onEnd(HeaderList.of(['grpc-status', code]));
};

describe('a call through a circuit breaker', () => {
  it.each<[what: string, act: Act, request?: object]>([
    ['status 500', status(500)],
    ['status 503', status(503)],
    ['a failed connection', fault('upstream_connect_failed')],
    ['a reset', fault('upstream_reset')],
    ['an answer that is no HTTP', fault('upstream_protocol_error')],
    ['silence', fault('upstream_timeout')],
    ['the gRPC code UNAVAILABLE', grpcHead('14'), GRPC],
    ['the gRPC code INTERNAL in trailers', grpcEnd('13'), GRPC],
    ['the gRPC code DEADLINE_EXCEEDED of a call without a deadline of its own', grpcHead('4'), GRPC],
  ])('fails by %s', (_what, act, request) => {
    const { breaker, upstream, send } = start();
    send(request);
    act(upstream.last);
    expect(breaker.state).toBe('open');
  });

  it.each<[what: string, act: Act, request?: object]>([
    ['status 404', status(404)],
    ['status 429', status(429)],
    ['status 501', status(501)],
    ['a client that is gone', fault('client_closed')],
    ['the end of the gateway', fault('drain_deadline')],
    ['a backend without endpoints', fault('no_endpoints')],
    ['a limit of the backend', fault('backend_busy')],
    ['the gRPC code NOT_FOUND', grpcHead('5'), GRPC],
    ['the gRPC code RESOURCE_EXHAUSTED', grpcEnd('8'), GRPC],
    ['the gRPC code DEADLINE_EXCEEDED of a call with one', grpcHead('4'), GRPC_WITH_DEADLINE],
  ])('does not fail by %s', (_what, act, request) => {
    const { breaker, upstream, send } = start();
    send(request);
    act(upstream.last);
    expect(breaker.state).toBe('closed');
  });

  it('fails by a timeout of ours, and not by a client that leaves', () => {
    const { breaker, upstream, send } = start();
    send().call.cancel();
    expect([breaker.state, upstream.last.isCancelled]).toEqual(['closed', true]);
    send().call.cancel('late');
    expect(breaker.state).toBe('open');
  });

  it('fails by an answer that breaks off, and counts once', () => {
    const { breaker, upstream, send } = start();
    const { handler } = send();
    upstream.last.handler.onHead(headOf(200));
    expect(breaker.state).toBe('closed');
    upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
    expect(breaker.state).toBe('open');
    expect(handler.events).toEqual(['head 200', 'fault upstream_reset']);
  });

  it('is not made while it is open, and ends after it has returned', async () => {
    const { clock, upstream, send, refusals } = start();
    send();
    upstream.last.handler.onHead(headOf(500));
    clock.advance(1_400);
    const { handler } = send();
    expect([upstream.attempts.length, handler.events.length, refusals()]).toEqual([1, 0, 1]);
    await Promise.resolve();
    expect(handler.events).toEqual(['fault circuit_open']);
  });

  it('says when to come back', async () => {
    const { clock, upstream, send } = start();
    send();
    upstream.last.handler.onHead(headOf(500));
    clock.advance(1_400);
    const { handler } = send();
    let seen: Fault | undefined;
    handler.onFault = one => (seen = one);
    await Promise.resolve();
    expect([seen?.headers?.get('retry-after'), seen?.message]).toEqual(['2', 'the circuit breaker of shop/cart:80 is open']);
  });

  it('closes a half-open breaker by its head, however long the rest takes', () => {
    const { clock, breaker, upstream, send } = start();
    send();
    upstream.last.handler.onHead(headOf(500));
    clock.advance(2_500);
    send();
    upstream.last.handler.onHead(headOf(200));
    expect(breaker.state).toBe('closed');
  });

  it('waits for the first message or the end of a gRPC call', () => {
    const { clock, breaker, upstream, send } = start();
    send(GRPC);
    upstream.last.handler.onHead(headOf(503));
    clock.advance(2_500);
    send(GRPC);
    upstream.last.handler.onHead(headOf(200));
    expect(breaker.state).toBe('halfOpen');
    upstream.last.handler.onEnd(HeaderList.of(['grpc-status', '14']));
    expect(breaker.state).toBe('open');
  });
});
