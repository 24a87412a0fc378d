// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants, createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { answering, echo, findFreePorts, reply, startUpstream, waitFor } from '@weir/testing';
import type { TestDocument, Upstream, UpstreamScript } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const RETRY = { attempts: 2, statusCodes: [503], backoff: '1ms' };

let stage: Stage;
let refusing: Http2Server;
let places: readonly Upstream[];

/** Fails the first request for each target with these fields. */
function firstFails(headers: Readonly<Record<string, string>> = {}): UpstreamScript {
  const seen = new Set<string>();
  const echoes = echo('late');
  return answering((request, connection) => {
    if (seen.has(request.target)) return echoes(request, connection);
    seen.add(request.target);
    return reply({ status: 503, headers });
  });
}

/** Answers one request on each connection, and resets it when another comes. */
function stale(): UpstreamScript {
  return async connection => {
    await connection.readRequest();
    await connection.send(reply({ body: `connection ${connection.index}` }));
    await connection.readRequest();
    connection.reset();
  };
}

/** Refuses the first stream of each connection. */
function refusesFirstStreams(): Http2Server {
  const server = createServer();
  server.on('session', session => {
    session.once('stream', (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
  });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    if (stream.destroyed || stream.closed) return;
    stream.respond({ ':status': 200 });
    stream.end('second');
  });
  return server;
}

/** An HTTP/2 Service with one endpoint. */
function http2Service(name: string, port: number): readonly TestDocument[] {
  const [object, ...slices] = service(name, [port]);
  if (object === undefined) return [];
  const spec = { ports: [{ name: 'http', port: 80, appProtocol: 'kubernetes.io/h2c' }] };
  return [{ ...object, spec }, ...slices];
}

function retryRoute(name: string, to: string, retry: object): readonly TestDocument[] {
  return [route(name, [forward(`/${name}`, to)]), trafficPolicy(name, name, { retry })];
}

beforeAll(async () => {
  const [closed = 0] = await findFreePorts(1);
  refusing = refusesFirstStreams();
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  places = await Promise.all([0, 1, 2].map(async i => startUpstream(answering(() => reply({ status: 503, body: String(i) })))));
  const live = await startUpstream(answering(echo('live')));
  places = [...places, live];
  stage = await openStage({
    backends: {
      main: 'echo',
      flaky: firstFails(),
      later: firstFails({ 'retry-after': '1' }),
      muchlater: firstFails({ 'retry-after': '60' }),
      stale: stale(),
      silent: answering(() => undefined),
      resets: answering((_request, connection) => {
        connection.reset();
        return undefined;
      }),
    },
    flags: ['--workers', '1'],
    documents: [
      ...service('down', [closed]),
      ...service('half', [closed, live.port]),
      ...service(
        'places',
        places.slice(0, 3).map(({ port }) => port),
      ),
      ...http2Service('refusing', (refusing.address() as AddressInfo).port),
      route('plain', [
        forward('/plain', 'main'),
        forward('/down', 'down'),
        forward('/half', 'half'),
        forward('/stale', 'stale'),
        forward('/refused', 'refusing'),
      ]),
      trafficPolicy('turns', { target: 'half', kind: 'Service' }, { balancing: { type: 'RoundRobin' } }),
      route('timed', [forward('/timed', 'main')]),
      trafficPolicy('timed', 'timed', { timeouts: { request: '5s', attempt: '2s' } }),
      route('streams', [forward('/streams', 'main')]),
      trafficPolicy('streams', 'streams', { timeouts: { request: '5s', attempt: '2s', stream: '1h' } }),
      route('again', [forward('/again', 'flaky')]),
      trafficPolicy('again', 'again', { timeouts: { request: '5s' }, retry: { ...RETRY, backoff: '100ms' } }),
      ...retryRoute('later', 'later', RETRY),
      ...retryRoute('muchlater', 'muchlater', RETRY),
      route('hurried', [forward('/hurried', 'later', { timeouts: { request: '500ms' } })]),
      trafficPolicy('hurried', 'hurried', { retry: RETRY }),
      ...retryRoute('places', 'places', RETRY),
      route('slow', [forward('/slow', 'silent', { timeouts: { request: '5s', backendRequest: '100ms' } })]),
      trafficPolicy('slow', 'slow', { retry: { ...RETRY, failures: ['Reset'] } }),
      ...retryRoute('resets', 'resets', RETRY),
      ...retryRoute('once', 'resets', { ...RETRY, failures: ['Timeout'] }),
      ...retryRoute('bodies', 'flaky', RETRY),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await Promise.all(places.map(place => place[Symbol.asyncDispose]()));
  refusing.close();
});

/** How many attempts the access log tells of the request for a target. */
async function attemptsOf(target: string): Promise<unknown> {
  const line = () => stage.weir.accessLog.find(({ path }) => path === target);
  await waitFor(() => line() !== undefined, { what: `the line of ${target}` });
  return line()?.['attempts'];
}

describe.each(PROTOCOLS)('the deadline over %s', protocol => {
  const field = async (target: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    Number((await stage.echo(protocol, target, { headers })).headers['weir-timeout-ms']);

  it('is told to the backend: what is left of the shorter of request and attempt', async () => {
    const left = await field('/timed');
    expect(left).toBeGreaterThan(1000);
    expect(left).toBeLessThanOrEqual(2000);
  });

  it('of a client is not believed', async () => {
    expect(await field('/timed', { 'Weir-Timeout-Ms': '1' })).toBeGreaterThan(1000);
    expect(await field('/plain', { 'Weir-Timeout-Ms': '1' })).toBeNaN();
  });

  it('grows shorter with each attempt', async () => {
    const left = await field(`/again/${protocol}`);
    expect(left).toBeGreaterThan(4000);
    expect(left).toBeLessThanOrEqual(4900);
  });

  it.each([
    ['/timed', '10S', 1000, 2000],
    ['/timed', '1500m', 1000, 1500],
    ['/streams', '3000S', 2_000_000, 3_000_000],
    ['/streams', '3H', 3_000_000, 3_600_000],
  ])('of a gRPC call for %s with %s is the shorter of both sides', async (target, written, least, most) => {
    const headers = { 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': written };
    const { headers: seen } = await stage.echo(protocol, target, { method: 'POST', headers });
    expect(seen['grpc-timeout']).toMatch(/^\d+m$/v);
    expect(parseInt(seen['grpc-timeout'] ?? '', 10)).toBeGreaterThan(least);
    expect(parseInt(seen['grpc-timeout'] ?? '', 10)).toBeLessThanOrEqual(most);
    expect(seen['weir-timeout-ms']).toBeUndefined();
  });
});

describe.each(PROTOCOLS)('without any policy, over %s,', protocol => {
  const post = { method: 'POST', body: 'x' };

  it('a request goes to another endpoint where one cannot be connected to, whatever its method', async () => {
    for (let i = 0; i < 6; i++) expect((await stage.send(protocol, `/half/${protocol}-${i}`, post)).status).toBe(200);
    const attempts = await Promise.all([0, 1, 2, 3, 4, 5].map(i => attemptsOf(`/half/${protocol}-${i}`)));
    expect(attempts).toContain(2);
  });

  it('a request is tried twice where nobody listens, and its answer has no mark', async () => {
    const answer = await stage.send(protocol, `/down/${protocol}`, post);
    expect([answer.status, answer.header('weir-retry')]).toEqual([503, undefined]);
    expect(await attemptsOf(`/down/${protocol}`)).toBe(2);
  });

  it('a stream that its server refused is opened again', async () => {
    const answer = await stage.send(protocol, `/refused/${protocol}`, post);
    expect([answer.status, answer.text]).toEqual([200, 'second']);
  });
});

describe.each(PROTOCOLS)('on a connection that its server was closing, over %s,', protocol => {
  it.each([
    ['GET', {}, 200],
    ['DELETE', {}, 200],
    ['PUT', { headers: { 'Content-Length': '0' } }, 200],
    ['POST', { headers: { 'Content-Length': '0', 'Idempotency-Key': '1' } }, 200],
    ['POST', { headers: { 'Content-Length': '0' } }, 502],
    ['PUT', { body: 'x' }, 502],
  ])('a %s with %o is answered %i', async (method, options, status) => {
    // The one before takes the connection that is there, whatever became of it, and leaves one that is.
    while ((await stage.send(protocol, '/stale')).status !== 200);
    expect((await stage.send(protocol, `/stale/${method}`, { method, ...options })).status).toBe(status);
  });
});

describe.each(PROTOCOLS)('a retry over %s', protocol => {
  it('comes no sooner than Retry-After says', async () => {
    const startMs = performance.now();
    expect((await stage.send(protocol, `/later/${protocol}`)).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(1000);
  });

  it.each(['/muchlater', '/hurried'])('is not waited for where %s', async target => {
    const answer = await stage.send(protocol, `${target}/${protocol}`);
    expect([answer.status, answer.header('weir-retry')]).toEqual([503, 'exhausted']);
    expect(await attemptsOf(`${target}/${protocol}`)).toBe(1);
  });

  it('goes to an endpoint that no attempt has gone to', async () => {
    for (let i = 0; i < 4; i++) {
      for (const place of places) place.forget();
      await stage.send(protocol, '/places');
      expect(places.slice(0, 3).map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
    }
  });

  it.each([
    ['/slow', 504, 1],
    ['/once', 502, 1],
    ['/resets', 502, 3],
  ])('is made after the failures that are named: of %s', async (target, status, attempts) => {
    const answer = await stage.send(protocol, `${target}/${protocol}`);
    expect(answer.status).toBe(status);
    expect(await attemptsOf(`${target}/${protocol}`)).toBe(attempts);
  });

  it.each([
    [65_536, 200],
    [65_537, 503],
  ])('of a body of %i bytes leads to %i', async (length, status) => {
    const put = { method: 'PUT', body: 'x'.repeat(length) };
    expect((await stage.send(protocol, `/bodies/${protocol}-${length}`, put)).status).toBe(status);
  });
});
