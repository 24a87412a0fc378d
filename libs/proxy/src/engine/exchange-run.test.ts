// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault, HeaderList, Ways } from '@weir/base';
import type { Exchange, Filter, ResponseHead, Verdict } from '@weir/base';
import { createManualClock, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ExchangeRun } from './exchange-run.ts';

const ok = (): ResponseHead => ({ status: 200, headers: new HeaderList(), contentLength: undefined });

function run(filters: readonly Filter[], route?: () => never, exchange = createTestExchange()) {
  const events: string[] = [];
  const upstream = createScriptedDispatch();
  const started = new ExchangeRun(
    exchange,
    {
      sendInformation: head => void events.push(`information ${head.status}`),
      sendHead: head => void events.push(`head ${head.status}`),
      sendData: chunk => events.push(chunk.toString()) > 0,
      sendEnd: () => void events.push('end'),
      abort: () => void events.push('abort'),
    },
    {
      dateText: 'Thu, 01 Jan 1970 00:00:00 GMT',
      clock: createManualClock(),
      route:
        route ?? (() => ({ label: 'a/b:80', filters, dispatch: upstream.dispatch, priority: () => undefined, ways: new Ways() })),
      onEnd: ended => void events.push(`recorded ${statusText(ended)} ${ended.fault ?? '-'}`),
    },
  );
  started.start();
  return { events, exchange, upstream, started };
}

/** The status, and of a gRPC call that of the call. */
function statusText({ status, grpcStatus }: Exchange): string {
  return grpcStatus === undefined ? String(status) : `${status}/${grpcStatus}`;
}

const grpcHead = (status: string): ResponseHead => ({ ...ok(), headers: HeaderList.of(['grpc-status', status]) });

interface CallInit {
  readonly protocol?: Exchange['protocol'];
  readonly contentType?: string;
}

/** A request that is a gRPC call, unless told otherwise. */
function grpcCall({ protocol = 'HTTP/2', contentType = 'application/grpc' }: CallInit = {}) {
  const headers = HeaderList.of(['content-type', contentType]);
  return run([], undefined, createTestExchange({ protocol, request: { method: 'POST', headers } }));
}

const noting = (name: string, into: string[], verdict: Verdict | Promise<Verdict> = CONTINUE): Filter => ({
  onRequest: () => {
    into.push(`${name} request`);
    return verdict;
  },
  onResponse: () => void into.push(`${name} response`),
  onEnd: () => void into.push(`${name} end`),
});

const REPLY: Verdict = { kind: 'reply', response: { status: 204, headers: new HeaderList(), contentLength: 0 }, body: '' };

describe('ExchangeRun', () => {
  it('runs filters down on the request and up on the response, and each end once', () => {
    const steps: string[] = [];
    const { events, upstream } = run([noting('a', steps), noting('b', steps)]);
    const call = upstream.last;
    call.handler.onHead(ok());
    call.handler.onData(Buffer.from('x'));
    call.handler.onEnd(undefined);
    expect(steps).toEqual(['a request', 'b request', 'b response', 'a response', 'b end', 'a end']);
    expect(events).toEqual(['head 200', 'x', 'recorded 200 -', 'end']);
  });

  it('answers with a filter’s reply, seen by those filters only that saw the request', () => {
    const steps: string[] = [];
    const { events, upstream } = run([noting('a', steps), noting('b', steps, REPLY), noting('c', steps)]);
    expect(steps).toEqual(['a request', 'b request', 'b response', 'a response', 'b end', 'a end']);
    expect(events).toEqual(['head 204', 'recorded 204 -', 'end']);
    expect(upstream.attempts).toHaveLength(0);
  });

  it('waits for a filter that has to, and goes on after it', async () => {
    const steps: string[] = [];
    const pending = Promise.withResolvers<Verdict>();
    const { upstream } = run([noting('a', steps, pending.promise), noting('b', steps)]);
    expect(steps).toEqual(['a request']);
    pending.resolve(CONTINUE);
    await pending.promise;
    await Promise.resolve();
    expect(steps).toEqual(['a request', 'b request']);
    expect(upstream.attempts).toHaveLength(1);
  });

  it('sends nothing upstream when the client left while a filter waited', async () => {
    const pending = Promise.withResolvers<Verdict>();
    const { events, upstream, started } = run([noting('a', [], pending.promise)]);
    started.cancel();
    pending.resolve(CONTINUE);
    await pending.promise;
    await Promise.resolve();
    expect(upstream.attempts).toHaveLength(0);
    expect(events).toEqual(['recorded 499 client_closed']);
  });

  it('refuses where a filter throws, and tells the caller nothing of the inside', () => {
    const { events, exchange } = run([
      {
        onRequest: () => {
          throw new Fault('access_denied', 'secret reason');
        },
      },
    ]);
    expect(events[0]).toBe('head 403');
    expect(events[1]).not.toContain('secret');
    expect(exchange.faultDetail).toBe('secret reason');
  });

  it('refuses with 500 when a filter breaks, instead of going on without it', () => {
    const { events, upstream } = run([
      {
        onRequest: () => {
          throw new TypeError('bug');
        },
      },
    ]);
    expect(events[0]).toBe('head 500');
    expect(upstream.attempts).toHaveLength(0);
  });

  it('answers a fault of the upstream before its head, and breaks off after it', () => {
    const early = run([]);
    early.upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
    expect(early.events[0]).toBe('head 502');
    const late = run([]);
    late.upstream.last.handler.onHead(ok());
    late.upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
    expect(late.events).toEqual(['head 200', 'recorded 200 upstream_reset', 'abort']);
  });

  it('ends once, whatever comes after the end', () => {
    const { events, upstream, started } = run([]);
    started.cancel();
    started.cancel();
    const { handler } = upstream.last;
    handler.onHead(ok());
    handler.onData(Buffer.from('late'));
    handler.onEnd(undefined);
    handler.onFault(new Fault('internal', 'late'));
    expect(events).toEqual(['recorded 499 client_closed']);
  });
});

describe('the status of a gRPC call', () => {
  it('is recorded from the trailers', () => {
    const { events, upstream } = grpcCall();
    upstream.last.handler.onHead(ok());
    upstream.last.handler.onEnd(HeaderList.of(['grpc-status', '9']));
    expect(events).toEqual(['head 200', 'recorded 200/9 -', 'end']);
  });

  it('is recorded from the head of an answer without messages', () => {
    const { events, upstream } = grpcCall({ contentType: 'application/grpc+proto' });
    upstream.last.handler.onHead(grpcHead('5'));
    upstream.last.handler.onEnd(undefined);
    expect(events).toEqual(['head 200', 'recorded 200/5 -', 'end']);
  });

  it('is that of the fault where the gateway answers, before the head and after it', () => {
    const early = grpcCall();
    early.upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
    expect(early.events).toEqual(['head 200', 'recorded 200/14 upstream_reset', 'end']);
    const late = grpcCall();
    late.upstream.last.handler.onHead(ok());
    late.upstream.last.handler.onFault(new Fault('request_deadline', 'late'));
    expect(late.events).toEqual(['head 200', 'recorded 200/4 request_deadline', 'end']);
  });

  it.each(['', '-1', '1e3', '1234', 'ok'])('is not recorded where it is %j, which is no status', status => {
    const { events, upstream } = grpcCall();
    upstream.last.handler.onHead(grpcHead(status));
    upstream.last.handler.onEnd(undefined);
    expect(events).toEqual(['head 200', 'recorded 200 -', 'end']);
  });

  it.each([{ protocol: 'HTTP/1.1' as const }, { contentType: 'application/grpc-web' }])('is nothing that %o has', init => {
    const { events, upstream } = grpcCall(init);
    upstream.last.handler.onHead(grpcHead('5'));
    upstream.last.handler.onEnd(undefined);
    expect(events).toEqual(['head 200', 'recorded 200 -', 'end']);
  });
});
