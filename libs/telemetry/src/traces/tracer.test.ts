// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import {
  createManualClock,
  createRecordingHandler,
  createScriptedDispatch,
  createSeededRandom,
  createTestExchange,
} from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { SamplerSettings } from './sampler.ts';
import type { SpanRecord } from './span-record.ts';
import { createTracer } from './tracer.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const WALL_MS = Date.UTC(2026, 10, 24, 3, 29);
type Fields = readonly (readonly [name: string, value: string])[];

const sampledBy = (flags: string): Fields => [['traceparent', `00-${TRACE}-${CALLER}-${flags}`]];

function begin(fields: Fields, sampler: SamplerSettings = { isParentBased: true, ratio: 1 }) {
  const clock = createManualClock(WALL_MS);
  const spans: SpanRecord[] = [];
  const tracer = createTracer({ clock, random: createSeededRandom(7), sampler, onSpan: span => void spans.push(span) });
  const headers = HeaderList.of(...fields);
  const exchange = createTestExchange({ request: { headers, authority: 'shop.example:8080' }, startedMs: clock.nowMs() });
  exchange.target = '/cart?token=secret';
  tracer.begin(exchange);
  return { clock, spans, exchange, headers };
}

function attempt(exchange: Exchange) {
  const { dispatch, attempts } = createScriptedDispatch();
  exchange.attempts += 1;
  const handler = createRecordingHandler();
  const span = exchange.trace?.attempt(exchange, '[::1]:9090', handler);
  if (span === undefined) throw new Error('nobody records it');
  const sent = exchange.request.headers.get('traceparent');
  exchange.attempts -= 1;
  span.follow(dispatch(exchange, span));
  return { span, handler, attempts, sent };
}

describe('a tracer', () => {
  it('takes up the trace of a caller, and names its own span to whoever comes next', () => {
    const { exchange, headers, spans } = begin([...sampledBy('01'), ['tracestate', 'a=1'], ['tracestate', 'b=2']]);
    expect(exchange.trace?.traceId).toBe(TRACE);
    expect(headers.get('traceparent')).toBe(`00-${TRACE}-${exchange.trace?.spanId ?? ''}-01`);
    exchange.trace?.end(exchange, 5);
    expect(spans).toMatchObject([
      {
        kind: 'server',
        traceId: TRACE,
        parentSpanId: CALLER,
        isParentRemote: true,
        flags: 1,
        traceState: 'a=1, b=2',
        startMs: WALL_MS,
        durationMs: 5,
      },
    ]);
    expect(headers.getAll('tracestate')).toEqual(['a=1', 'b=2']);
  });

  it.each<[string, Fields]>([
    ['no context', []],
    ['a context that cannot be read', [['traceparent', `00-${TRACE}-${CALLER}-1`]]],
    ['two contexts', [...sampledBy('01'), ...sampledBy('01')]],
    ['a tracestate alone', []],
  ])('begins a trace of its own for %s, and drops the tracestate', (_what, fields) => {
    const { exchange, headers, spans } = begin([...fields, ['tracestate', 'a=1']]);
    const { traceId = '', spanId = '' } = exchange.trace ?? {};
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
    expect(headers.getAll('traceparent')).toEqual([`00-${traceId}-${spanId}-03`]);
    expect(headers.has('tracestate')).toBe(false);
    exchange.trace?.end(exchange, 1);
    expect(spans).toMatchObject([{ parentSpanId: '', flags: 3 }]);
  });

  it('drops a tracestate that cannot be read, and keeps the trace', () => {
    const { exchange, headers } = begin([...sampledBy('01'), ['tracestate', 'A=1']]);
    expect(exchange.trace?.traceId).toBe(TRACE);
    expect(headers.has('tracestate')).toBe(false);
  });

  it.each(['00', '02', 'fc'])('lets a context through as it came whose flags, %s, say that nobody records it', flags => {
    const { exchange, headers, spans } = begin([...sampledBy(flags), ['tracestate', 'a=1']]);
    expect([...headers.entries()]).toEqual([...sampledBy(flags), ['tracestate', 'a=1']]);
    expect(exchange.trace).toMatchObject({ traceId: TRACE, spanId: '' });
    expect(exchange.trace?.attempt(exchange, '1.2.3.4:80', createRecordingHandler())).toBeUndefined();
    exchange.trace?.end(exchange, 1);
    expect(spans).toEqual([]);
  });

  it('tells those behind that a trace is not recorded which it begins, or does not want of its caller', () => {
    const none = { isParentBased: false, ratio: 0 };
    expect(begin([], none).headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-02$/);
    const unwanted = begin(sampledBy('03'), none).headers.get('traceparent');
    expect(unwanted).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-02$`));
    expect(unwanted).not.toContain(CALLER);
  });

  it('says of a request what it asked for and what became of it, and never its query', () => {
    const { exchange, spans } = begin([['user-agent', 'curl/8']]);
    Object.assign(exchange, {
      status: 503,
      fault: 'no_endpoints',
      faultDetail: 'n/s:80 has no ready endpoints',
      decidedBy: 'n/p#r',
      requestId: 'r1',
      served: { listener: 'n/g/l', route: 'n/r', rule: '0', backend: 'n/s:80', revision: '', endpoint: '' },
    });
    if (exchange.trace !== undefined) exchange.trace.route = '/cart/*';
    exchange.trace?.end(exchange, 1);
    expect(spans[0]).toMatchObject({ name: 'GET /cart/*', hasFailed: true, detail: 'n/s:80 has no ready endpoints' });
    expect(spans[0]?.attributes).toStrictEqual({
      'http.request.method': 'GET',
      'url.path': '/cart',
      'url.scheme': 'http',
      'server.address': 'shop.example',
      'server.port': 8080,
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8',
      'client.address': '192.0.2.1',
      'network.peer.address': '192.0.2.1',
      'network.peer.port': 50_000,
      'http.response.status_code': 503,
      'error.type': 'no_endpoints',
      'http.route': '/cart/*',
      'weir.listener': 'n/g/l',
      'weir.route': 'n/r',
      'weir.rule': '0',
      'weir.backend': 'n/s:80',
      'weir.decided_by': 'n/p#r',
      'weir.request_id': 'r1',
    });
  });

  it.each([
    ['what its client did wrong', { status: 404, fault: 'route_not_found' }, false, 'route_not_found'],
    ['an answer that was cut', { status: 200, fault: 'upstream_reset' }, true, 'upstream_reset'],
    ['an error of the backend', { status: 500 }, true, '500'],
    ['a refusal of the backend', { status: 404 }, false, undefined],
    ['a gRPC call that failed', { status: 200, grpcStatus: 14 }, true, '14'],
    ['a gRPC call for what is not there', { status: 200, grpcStatus: 5 }, false, undefined],
  ])('tells errors of its own side from others: %s', (_what, outcome, hasFailed, errorType) => {
    const { exchange, spans } = begin([]);
    Object.assign(exchange, outcome);
    exchange.trace?.end(exchange, 1);
    expect(spans[0]?.hasFailed).toBe(hasFailed);
    expect(spans[0]?.attributes['error.type']).toBe(errorType);
  });

  it('bounds the names of spans, whatever words clients send', () => {
    const { exchange, spans } = begin([]);
    exchange.request.method = 'BREW';
    exchange.trace?.end(exchange, 1);
    expect(spans).toMatchObject([
      { name: 'HTTP', attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'BREW' } },
    ]);
  });
});

describe('the span of an attempt', () => {
  it('is a child of the request, parent of what goes upstream, and ends with the answer', () => {
    const { clock, exchange, spans } = begin(sampledBy('01'));
    exchange.served.backend = 'n/s:80';
    clock.advance(3);
    const { span, handler, sent } = attempt(exchange);
    clock.advance(4);
    span.onHead({ status: 200, headers: new HeaderList(), contentLength: undefined });
    clock.advance(5);
    span.onEnd(undefined);
    expect(handler.events).toEqual(['head 200', 'end']);
    expect(spans).toMatchObject([
      {
        kind: 'client',
        name: 'GET',
        parentSpanId: exchange.trace?.spanId,
        isParentRemote: false,
        startMs: WALL_MS + 3,
        durationMs: 9,
        hasFailed: false,
      },
    ]);
    expect(sent).toBe(`00-${TRACE}-${spans[0]?.spanId ?? ''}-01`);
    expect(spans[0]?.attributes).toStrictEqual({
      'http.request.method': 'GET',
      'server.address': '::1',
      'server.port': 9090,
      'network.peer.address': '::1',
      'network.peer.port': 9090,
      'weir.backend': 'n/s:80',
      'http.response.status_code': 200,
    });
  });

  it('says how many came before, and of each what was wrong with it', () => {
    const { exchange, spans } = begin([]);
    const first = attempt(exchange);
    first.span.onHead({ status: 503, headers: new HeaderList(), contentLength: undefined });
    first.span.cancel();
    exchange.attempts = 1;
    const second = attempt(exchange);
    exchange.repeats = 1;
    second.span.onFault(new Fault('upstream_reset', 'reset'));
    expect(
      spans.map(({ attributes, hasFailed }) => [attributes['http.request.resend_count'], attributes['error.type'], hasFailed]),
    ).toEqual([
      [undefined, '503', true],
      [1, 'upstream_reset', true],
    ]);
    expect(spans[1]).toMatchObject({ detail: 'reset', attributes: { 'weir.repeats': 1 } });
    expect(first.attempts[0]?.isCancelled).toBe(true);
  });

  it.each([
    ['it takes too long', 'late', {}, 'upstream_timeout'],
    ['its client is gone', undefined, { fault: 'client_closed' }, 'client_closed'],
    ['nobody waits for it any more', undefined, {}, 'cancelled'],
  ] as const)('ends where it is given up as %s, and then no second time', (_what, why, outcome, errorType) => {
    const { exchange, spans } = begin([]);
    const { span } = attempt(exchange);
    Object.assign(exchange, outcome);
    span.cancel(why);
    span.cancel();
    span.onEnd(undefined);
    expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual([errorType]);
  });

  it('has the status of a gRPC call, be it in the head or in the trailers', () => {
    for (const [head, trailers] of [
      ['14', undefined],
      [undefined, '14'],
    ] as const) {
      const { exchange, spans } = begin([['content-type', 'application/grpc']]);
      const { span } = attempt(exchange);
      const fieldsOf = (status: string | undefined) =>
        status === undefined ? new HeaderList() : HeaderList.of(['grpc-status', status]);
      span.onHead({ status: 200, headers: fieldsOf(head), contentLength: undefined });
      span.onEnd(fieldsOf(trailers));
      expect(spans).toMatchObject([
        { hasFailed: true, attributes: { 'rpc.system': 'grpc', 'rpc.grpc.status_code': 14, 'error.type': '14' } },
      ]);
    }
  });

  it('leaves out of the request what its route has taken out', () => {
    const { exchange, headers } = begin(sampledBy('01'));
    headers.remove('traceparent');
    attempt(exchange);
    expect(headers.has('traceparent')).toBe(false);
  });
});
