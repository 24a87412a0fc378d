// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { answering, connectRaw, echo, reply, waitFor } from '@weir/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { forward, route, service } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { SpanCollector } from './stage/span-collector.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SAMPLED = { traceparent: `00-${TRACE}-${CALLER}-01` };

let collector: SpanCollector;
let sockets: WebSocketServer;
let stage: Stage;
let flakyCount = 0;

/** The first of two answers is an error. */
const flaky = answering(async (request, connection) =>
  ++flakyCount % 2 === 1 ? reply({ status: 503 }) : echo('flaky')(request, connection),
);
/** Half an answer, or none. */
const slow = answering(async (request, connection) => {
  if (request.target.endsWith('/half')) await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  return undefined;
});
const grpc = answering(() => reply({ headers: { 'content-type': 'application/grpc', 'grpc-status': '5' } }));

beforeAll(async () => {
  collector = await SpanCollector.start();
  sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(sockets, 'listening');
  stage = await openStage({
    backends: { shop: 'echo', flaky, slow, grpc },
    documents: [
      ...service('chat', [(sockets.address() as AddressInfo).port]),
      route('all', [
        forward('/shop', 'shop'),
        forward('/slow', 'slow', { timeouts: { request: '300ms' } }),
        forward('/patient', 'slow'),
        forward('/chat', 'chat'),
        { ...forward('/n/a.Shop', 'grpc'), matches: [{ path: { type: 'Exact', value: '/a.Shop/Get' } }] },
        forward('/private', 'shop', {
          filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['traceparent', 'tracestate'] } }],
        }),
      ]),
      route('flaky', [forward('/flaky', 'flaky')]),
      trafficPolicy('retries', 'flaky', { retry: { attempts: 2, statusCodes: [503], backoff: '1ms' } }),
    ],
    flags: ['--workers', '2', '--otlp-endpoint', collector.url],
    env: { OTEL_SERVICE_NAME: 'edge', OTEL_EXPORTER_OTLP_HEADERS: 'x-key=s%3Dcret' },
  });
});

afterEach(() => {
  expect(collector.spans).toEqual([]);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  sockets.close();
  await collector[Symbol.asyncDispose]();
});

describe.each(PROTOCOLS)('a request over %s to a gateway with a collector', protocol => {
  it('is a span of the gateway with one of its call below, in the trace of its caller', async () => {
    const headers = { ...SAMPLED, tracestate: 'a=b' };
    const seen = await stage.echo(protocol, '/shop/a?token=secret', { headers });
    const [server, client] = await collector.take(2);
    expect(server).toMatchObject({
      ...{ service: 'edge', kind: 'server', name: 'GET /shop/*', traceId: TRACE, parentSpanId: CALLER, traceState: 'a=b' },
      hasFailed: false,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'http.route': '/shop/*',
        'url.path': '/shop/a',
        'network.protocol.version': protocol.startsWith('h2') ? '2' : '1.1',
        'weir.route': 'default/all',
        'weir.backend': 'default/shop:80',
      },
    });
    expect(client).toMatchObject({
      ...{ kind: 'client', name: 'GET', traceId: TRACE, parentSpanId: server?.spanId, traceState: 'a=b' },
      attributes: { 'network.peer.address': '127.0.0.1', 'network.peer.port': stage.upstream('shop').port },
    });
    expect(seen.headers).toMatchObject({ traceparent: `00-${TRACE}-${client?.spanId ?? ''}-01`, tracestate: 'a=b' });
    expect(JSON.stringify([server?.attributes, client?.attributes])).not.toContain('secret');
    await waitFor(() => stage.weir.accessLog.some(line => line['span_id'] === server?.spanId && line['trace_id'] === TRACE), {
      what: 'the ids in the access log',
    });
  });

  it('has a call for each attempt, each with an id of its own', async () => {
    const seen = await stage.echo(protocol, '/flaky', { headers: SAMPLED });
    const [server, first, second] = await collector.take(3);
    expect(server).toMatchObject({ kind: 'server', parentSpanId: CALLER, hasFailed: false });
    expect(first).toMatchObject({ kind: 'client', parentSpanId: server?.spanId, hasFailed: true });
    expect(first?.attributes).toMatchObject({ 'http.response.status_code': 503, 'error.type': '503' });
    expect(first?.attributes).not.toHaveProperty(['http.request.resend_count']);
    expect(second).toMatchObject({ kind: 'client', parentSpanId: server?.spanId, hasFailed: false });
    expect(second?.attributes).toMatchObject({ 'http.response.status_code': 200, 'http.request.resend_count': 1 });
    expect(seen.headers['traceparent']).toBe(`00-${TRACE}-${second?.spanId ?? ''}-01`);
  });

  it('begins a trace where its caller has none that can be read', async () => {
    const seen = await stage.echo(protocol, '/shop', { headers: { traceparent: `00-${TRACE}-${CALLER}-zz`, tracestate: 'a=b' } });
    const [server, client] = await collector.take(2);
    expect(server).toMatchObject({ parentSpanId: '', traceState: '' });
    expect(server?.traceId).not.toBe(TRACE);
    expect(client).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId });
    expect(seen.headers['traceparent']).toBe(`00-${server?.traceId ?? ''}-${client?.spanId ?? ''}-03`);
    expect(seen.headers).not.toHaveProperty('tracestate');
  });

  it('goes on as it came where its caller is not recorded', async () => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-00`, tracestate: 'a=b' };
    expect((await stage.echo(protocol, '/shop', { headers })).headers).toMatchObject(headers);
    await stage.echo(protocol, '/shop/after', { headers: SAMPLED });
    const spans = await collector.take(2);
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([CALLER, spans[0]?.spanId]);
  });

  it('ends its spans at a deadline', async () => {
    expect((await stage.send(protocol, '/slow/none', { headers: SAMPLED })).status).toBe(504);
    const [server, client] = await collector.take(2);
    expect(server).toMatchObject({
      hasFailed: true,
      attributes: { 'error.type': 'request_deadline', 'http.response.status_code': 504 },
    });
    expect(client).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'upstream_timeout' } });
  });
});

describe('spans of', () => {
  it('a client that goes away end then', async () => {
    const client = await connectRaw(stage.at('http'));
    await client.send('GET /patient/half HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.readResponseHead();
    client.socket.destroy();
    const spans = await collector.take(2);
    for (const span of spans) expect(span.attributes['error.type']).toBe('client_closed');
    expect(spans[0]).toMatchObject({ kind: 'server', hasFailed: false });
  });

  it('a WebSocket last as long as it does', async () => {
    const socket = new WebSocket(`ws://localhost:${stage.ports.http}/chat`, { headers: SAMPLED });
    await once(socket, 'open');
    await stage.echo('http', '/shop');
    expect((await collector.take(2)).map(({ name }) => name)).toEqual(['GET /shop/*', 'GET']);
    socket.close();
    const [server, client] = await collector.take(2);
    expect(server).toMatchObject({ name: 'GET /chat/*', hasFailed: false, attributes: { 'http.response.status_code': 101 } });
    expect(client).toMatchObject({ parentSpanId: server?.spanId, hasFailed: false });
  });

  it.each(['h2c', 'h2'] as const)('a gRPC call over %s have its status', async protocol => {
    const headers = { ...SAMPLED, 'content-type': 'application/grpc', te: 'trailers' };
    await stage.send(protocol, '/a.Shop/Get', { method: 'POST', headers });
    const [server, client] = await collector.take(2);
    const attributes = { 'rpc.system': 'grpc', 'rpc.grpc.status_code': 5 };
    expect(server).toMatchObject({ name: 'POST /a.Shop/Get', hasFailed: false, attributes });
    expect(client).toMatchObject({ hasFailed: true, attributes: { ...attributes, 'error.type': '5' } });
  });

  it('requests that go nowhere stand alone', async () => {
    expect((await stage.send('http', '/unknown')).status).toBe(404);
    const [server] = await collector.take(1);
    expect(server).toMatchObject({ name: 'GET', hasFailed: false, attributes: { 'error.type': 'route_not_found' } });
  });

  it('requests that cannot be read have no name that a client made', async () => {
    const client = await connectRaw(stage.at('http'));
    client.socket.end('BREW\r\n\r\n');
    const [server] = await collector.take(1);
    expect(server).toMatchObject({ name: 'HTTP', attributes: { 'error.type': 'bad_request', 'http.response.status_code': 400 } });
  });
});

it('a route can keep traces from a backend', async () => {
  const seen = await stage.echo('http', '/private', { headers: { ...SAMPLED, tracestate: 'a=b' } });
  expect(seen.headers).not.toHaveProperty('traceparent');
  expect(await collector.take(2)).toMatchObject([
    { kind: 'server', traceId: TRACE },
    { kind: 'client', traceId: TRACE },
  ]);
});

it('the collector gets protobuf with the headers that the environment asks for', () => {
  const { url, headers } = collector.requests[0] ?? {};
  expect({ url, key: headers?.['x-key'], type: headers?.['content-type'] }).toEqual({
    ...{ url: '/v1/traces', key: 's=cret', type: 'application/x-protobuf' },
  });
  expect(stage.weir.child.output).not.toContain('s=cret');
});
