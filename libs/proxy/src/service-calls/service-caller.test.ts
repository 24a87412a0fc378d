// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { BodySink, FaultCode } from '@weir/base';
import type { ServiceAnswer, ServiceRequest } from '@weir/filters';
import { createManualClock, createScriptedDispatch, createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { BackendReference } from '../engine/backend-reference.ts';
import { createCallBreaker } from './call-breaker.ts';
import type { CallBreaker } from './call-breaker.ts';
import { ServiceCaller } from './service-caller.ts';

const BACKEND = 'backend/auth/check/9000';

function bench({ createBreaker = createOpenBreaker, maxInFlight = 2, isKnown = true } = {}) {
  const clock = createManualClock();
  const upstream = createScriptedDispatch();
  const results: string[] = [];
  const reference = new BackendReference(BACKEND);
  // Of a running backend a caller uses two members.
  const current = { backend: { label: 'auth/check:9000' }, dispatch: upstream.dispatch };
  if (isKnown) Object.assign(reference, { current });
  const caller = new ServiceCaller({
    clock,
    random: createScriptedRandom(0),
    maxInFlight,
    backendReference: () => reference,
    createBreaker,
    onEnd: (_, result) => void results.push(result),
  });
  return { clock, upstream, results, reference, caller };
}

/** Lets everything through. */
async function createOpenBreaker(): Promise<CallBreaker> {
  return { fire: call => call(), shutdown: () => undefined };
}

function requestOf(init: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    method: 'POST',
    path: '/check',
    query: undefined,
    authority: 'check.auth:9000',
    headers: HeaderList.of(['x-a', '1']),
    body: Buffer.from('asked'),
    timeoutMs: 1000,
    maxResponseBytes: 8,
    origin: createTestExchange(),
    ...init,
  };
}

/** Lets promises go on. */
const settle = (): Promise<void> => new Promise(resolve => void setImmediate(resolve));

async function codeOf(pending: Promise<ServiceAnswer>): Promise<string> {
  const reason: unknown = await pending.then(
    () => undefined,
    (error: unknown) => error,
  );
  return reason instanceof Fault ? `${reason.code} ${reason.message}` : String(reason);
}

describe('a call', () => {
  it('sends what is asked and gathers the answer', async () => {
    const { caller, upstream, results } = bench();
    const pending = caller.call(BACKEND, requestOf());
    await settle();
    const { exchange, handler } = upstream.last;
    expect(exchange.request).toMatchObject({ method: 'POST', path: '/check', authority: 'check.auth:9000', host: 'check.auth' });
    const sent: string[] = [];
    const sink: BodySink = {
      onData: chunk => sent.push(chunk.toString()) > 0,
      onEnd: () => void sent.push('end'),
      onFault: () => undefined,
    };
    exchange.body.pipe(sink);
    handler.onInformation({ status: 103, headers: new HeaderList(), contentLength: 0 });
    handler.onHead({ status: 403, headers: HeaderList.of(['x-why', 'no']), contentLength: undefined });
    handler.onData(Buffer.from('be'));
    handler.onData(Buffer.from('gone'));
    handler.onEnd(HeaderList.of(['x-end', '1']));
    const answer = await pending;
    expect(sent).toEqual(['asked', 'end']);
    expect([answer.status, answer.body.toString(), answer.headers.get('x-why'), answer.trailers?.get('x-end')]).toEqual([
      403,
      'begone',
      'no',
      '1',
    ]);
    expect(results).toEqual(['answered']);
  });

  it('is of the listener and the client of the request it is made for', async () => {
    const { caller, upstream } = bench();
    const origin = createTestExchange({ downstream: { remotePort: 77 } });
    origin.served.listener = 'shop/edge/https';
    origin.clientAddress = '203.0.113.9';
    void caller.call(BACKEND, requestOf({ origin })).catch(() => undefined);
    await settle();
    const { served, downstream, clientAddress } = upstream.last.exchange;
    expect([served.listener, downstream.remotePort, clientAddress]).toEqual(['shop/edge/https', 77, '203.0.113.9']);
    expect(origin.attempts).toBe(0);
  });

  it('ends at its deadline, with the connection', async () => {
    const { caller, upstream, clock, results } = bench();
    const pending = codeOf(caller.call(BACKEND, requestOf()));
    await settle();
    clock.advance(1000);
    expect(await pending).toBe('upstream_timeout auth/check:9000: the attempt was not complete after 1000 ms');
    expect(upstream.last.isCancelled).toBe(true);
    expect(results).toEqual(['failed']);
  });

  it.each<[string, number | undefined]>([
    ['that announces more', 9],
    ['that sends more', undefined],
  ])('ends at an answer %s than is taken', async (_, contentLength) => {
    const { caller, upstream } = bench();
    const pending = codeOf(caller.call(BACKEND, requestOf()));
    await settle();
    const { handler } = upstream.last;
    handler.onHead({ status: 200, headers: new HeaderList(), contentLength });
    handler.onData(Buffer.from('12345'));
    handler.onData(Buffer.from('6789'));
    expect(await pending).toBe('upstream_protocol_error auth/check:9000: its answer is longer than 8 bytes');
    expect(upstream.last.isCancelled).toBe(true);
  });

  it('is made once more when its connection is lost, and no third time', async () => {
    const { caller, upstream, clock } = bench();
    const pending = codeOf(caller.call(BACKEND, requestOf()));
    await settle();
    upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
    clock.advance(20);
    expect(upstream.attempts).toHaveLength(2);
    upstream.last.handler.onFault(new Fault('upstream_connect_failed', 'refused'));
    clock.advance(1000);
    expect(await pending).toBe('upstream_connect_failed auth/check:9000: refused');
    expect(upstream.attempts).toHaveLength(2);
  });

  it.each([
    [503, HeaderList.of(), 'it answers 503'],
    [200, HeaderList.of(['grpc-status', '14']), 'it answers with gRPC status 14'],
  ])('fails by an answer %i that says the service is away', async (status, headers, words) => {
    const { caller, upstream } = bench();
    const pending = codeOf(caller.call(BACKEND, requestOf()));
    await settle();
    upstream.last.handler.onHead({ status, headers, contentLength: 0 });
    upstream.last.handler.onEnd(undefined);
    expect(await pending).toBe(`no_endpoints auth/check:9000: ${words}`);
  });

  it('to a backend that is not known fails, and never throws', async () => {
    const { caller } = bench({ isKnown: false });
    expect(await codeOf(caller.call(BACKEND, requestOf()))).toBe(`backend_invalid ${BACKEND}: backend ${BACKEND} is not known`);
  });

  it('is refused where as many wait already', async () => {
    const { caller, upstream, results } = bench({ maxInFlight: 1 });
    void caller.call(BACKEND, requestOf()).catch(() => undefined);
    await settle();
    expect(await codeOf(caller.call(BACKEND, requestOf()))).toBe('overloaded auth/check:9000: 1 calls wait for it already');
    expect(upstream.attempts).toHaveLength(1);
    expect(results).toEqual(['refused']);
  });
});

describe('a service that fails again and again', () => {
  async function failTimes(count: number, code: FaultCode) {
    const made = bench({ createBreaker: createCallBreaker });
    for (let i = 0; i < count; i++) {
      const pending = codeOf(made.caller.call(BACKEND, requestOf()));
      await settle();
      await settle();
      made.upstream.last.handler.onFault(new Fault(code, 'broken'));
      made.clock.advance(20);
      if (made.upstream.attempts.at(-1)?.exchange.attempts === 2) made.upstream.last.handler.onFault(new Fault(code, 'broken'));
      await pending;
    }
    return made;
  }

  it('is left alone: calls fail at once', async () => {
    // The library is loaded with the first call.
    await import('opossum');
    const { caller, upstream, results, reference } = await failTimes(10, 'upstream_connect_failed');
    const made = upstream.attempts.length;
    expect(await codeOf(caller.call(BACKEND, requestOf()))).toMatch(/^overloaded auth\/check:9000: it is left alone/);
    expect(upstream.attempts).toHaveLength(made);
    expect(results.at(-1)).toBe('refused');
    reference.current = undefined;
    caller.sweep();
  });

  it('is asked on where its answers are wrong, for what one caller can make it say shuts out no other', async () => {
    await import('opossum');
    const { caller, upstream, reference } = await failTimes(20, 'upstream_protocol_error');
    const made = upstream.attempts.length;
    const pending = codeOf(caller.call(BACKEND, requestOf()));
    await settle();
    await settle();
    expect(upstream.attempts).toHaveLength(made + 1);
    upstream.last.handler.onFault(new Fault('upstream_protocol_error', 'broken'));
    await pending;
    reference.current = undefined;
    caller.sweep();
  });
});
