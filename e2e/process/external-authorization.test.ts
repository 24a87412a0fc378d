// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import type { handleUnaryCall, Server, ServiceDefinition, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { answering, findFreePorts, reply, startUpstream, waitFor } from '@weir/testing';
import type { RawRequest, TestDocument, UpstreamConnection } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix, route, service } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc } from './stage/grpc-peers.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { accessPolicy } from './stage/policy-documents.ts';

const PROTOS = join(import.meta.dirname, '../../libs/filters/src/external-authorization/proto');
const AUTHORIZATION = loadSync('envoy/service/auth/v3/external_auth.proto', { includeDirs: [PROTOS], keepCase: true })[
  'envoy.service.auth.v3.Authorization'
] as ServiceDefinition;

interface CheckRequest {
  readonly attributes: {
    readonly source: { readonly address: { readonly socket_address: { readonly address: string } } };
    readonly request: {
      readonly http: {
        readonly path: string;
        readonly body: string;
        readonly headers: Readonly<Record<string, string>>;
      };
    };
  };
}

const seenByCheck: CheckRequest[] = [];

/** Decides by the last segment of the path. */
const check: handleUnaryCall<CheckRequest, object> = ({ request }, done) => {
  seenByCheck.push(request);
  const { path } = request.attributes.request.http;
  const header = (key: string, value: string): object => ({ header: { key, value } });
  switch (path.split('/').at(-1)?.split('?')[0]) {
    case 'admit':
      done(null, {
        status: { code: 0 },
        ok_response: {
          headers: [header('x-user', 'ann'), header('host', 'evil'), header(':path', '/evil')],
          headers_to_remove: ['authorization'],
          response_headers_to_add: [header('x-decided', 'yes')],
          query_parameters_to_remove: ['token'],
        },
      });
      break;
    case 'deny':
    case 'Deny':
      done(null, {
        status: { code: 16 },
        denied_response: { status: { code: 401 }, headers: [header('www-authenticate', 'Custom')], body: 'who are you?' },
      });
      break;
    case 'plain':
      done(null, { status: { code: 7 } });
      break;
    case 'mute':
      done(null, {});
      break;
    case 'fail':
      done({ code: status.INTERNAL, details: 'broken' });
      break;
    case 'slow':
      break;
    default:
      done(null, { status: { code: 0 } });
  }
};

/** An authorization service over HTTP that decides by the last segment of the path it is asked about. */
async function verify(request: RawRequest, connection: UpstreamConnection): Promise<Buffer | string | undefined> {
  switch (request.target.split('/').at(-1)) {
    case 'admit':
      return reply({ headers: { 'x-user': 'ann', 'x-other': 'no' } });
    case 'login':
      return reply({
        status: 302,
        headers: { location: '/sign-in', 'set-cookie': ['a=1', 'b=2'], 'x-inside': 'secret' },
        body: 'please sign in',
      });
    case 'half':
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      connection.end();
      return undefined;
    case 'garbage':
      await connection.send('I am no server\r\n\r\n');
      connection.end();
      return undefined;
    case 'huge':
      return reply({ body: 'x'.repeat(70_000) });
    case 'error':
      return reply({ status: 500 });
    case 'slow':
      return undefined;
    default:
      return reply();
  }
}

let stage: Stage;
let grpc: Server;
let upstreamGrpc: Server;
let awayPort = 0;

/** GRPCRoutes get no hosts that HTTPRoutes have. */
const HERE = { hostnames: ['localhost'] };

/** Each has a service of its own: nobody is left alone for what another one does. */
const HTTP_FAULTS = ['half', 'garbage', 'huge', 'error', 'slow'];
const GRPC_FAULTS = ['slow', 'mute', 'fail'];

/** Long enough for a machine that is busy with other tests; who never answers is not waited for as long. */
const timeoutOf = (fault: string): string => (fault === 'slow' ? '500ms' : '10s');

function externalAuth(fields: object): object {
  return { type: 'ExternalAuth', externalAuth: fields };
}

/** A route of its own, whose requests come under what is asked. */
function faultDocuments(name: string, path: string, externalAuthorization: object): readonly TestDocument[] {
  return [route(name, [forward(path, 'main')], HERE), accessPolicy(name, { externalAuthorization })];
}

beforeAll(async () => {
  const served = await serveGrpc(AUTHORIZATION, { Check: check });
  grpc = served.server;
  const shop = { unary: grpcMethod('/shop.Stock/Deny'), good: grpcMethod('/shop.Stock/Good') };
  const unary: handleUnaryCall<Buffer, Buffer> = (call, done) => done(null, call.request);
  const stock = await serveGrpc(shop, { unary, good: unary });
  upstreamGrpc = stock.server;
  [awayPort = 0] = await findFreePorts(1);
  const http = { backendRef: backend('verify'), pathPrefix: '/verify', headersToBackend: ['X-User'] };
  const filters = [
    externalAuth({
      protocol: 'HTTP',
      backendRef: backend('verify'),
      http: { path: '/verify', allowedResponseHeaders: ['x-user'] },
      forwardBody: { maxSize: 4 },
    }),
  ];
  stage = await openStage({
    backends: {
      ...{ main: 'echo', verify: answering(verify) },
      ...Object.fromEntries(HTTP_FAULTS.map(fault => [`http-${fault}`, answering(verify)])),
    },
    documents: [
      ...service('check', [served.port]),
      ...service('stock', [stock.port]),
      ...service('away', [awayPort]),
      route('by-http', [forward('/http', 'main')], HERE),
      accessPolicy('by-http', { externalAuthorization: { http, timeout: '10s', forwardBody: { maxBytes: 16 } } }),
      route('by-grpc', [forward('/grpc', 'main')], HERE),
      accessPolicy('by-grpc', {
        externalAuthorization: {
          grpc: { backendRef: backend('check') },
          timeout: '10s',
          forwardBody: { maxBytes: 65_536 },
        },
      }),
      ...HTTP_FAULTS.flatMap(fault => {
        const asked = { http: { ...http, backendRef: backend(`http-${fault}`) }, timeout: timeoutOf(fault) };
        return faultDocuments(`http-${fault}`, `/http/${fault}`, asked);
      }),
      ...GRPC_FAULTS.flatMap(fault => {
        const asked = { grpc: { backendRef: backend(`grpc-${fault}`) }, timeout: timeoutOf(fault) };
        return [...service(`grpc-${fault}`, [served.port]), ...faultDocuments(`grpc-${fault}`, `/grpc/${fault}`, asked)];
      }),
      grpcRoute('calls', [{ backendRefs: [backend('stock')] }]),
      accessPolicy('calls', { externalAuthorization: { grpc: { backendRef: backend('check') } } }, 'GRPCRoute'),
      route('opens', [forward('/opens', 'main')], HERE),
      accessPolicy('opens', { externalAuthorization: { http: { ...http, backendRef: backend('away') }, onFailure: 'Open' } }),
      route('recovers', [forward('/recovers', 'main')], HERE),
      accessPolicy('recovers', { externalAuthorization: { http: { backendRef: backend('away') } } }),
      route('filtered', [{ matches: [prefix('/filtered')], filters, backendRefs: [backend('main')] }], HERE),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  grpc.forceShutdown();
  upstreamGrpc.forceShutdown();
});

describe.each(PROTOCOLS)('over %s, a request that a policy asks about', protocol => {
  it('by HTTP goes on with what the service says, and with its body', async () => {
    const echoed = await stage.echo(protocol, `/http/${protocol}/admit`, {
      method: 'POST',
      body: 'sixteen letters!',
      headers: { 'x-user': 'root', authorization: 'Bearer t' },
    });
    expect(echoed).toMatchObject({ target: `/http/${protocol}/admit`, body: 'sixteen letters!', headers: { 'x-user': 'ann' } });
    expect(echoed.headers).not.toHaveProperty('x-other');
    const asked = stage.upstream('verify').requests.find(({ target }) => target === `/verify/http/${protocol}/admit`)!;
    expect([asked.method, asked.body.toString()]).toEqual(['POST', 'sixteen letters!']);
    expect(asked.header('authorization')).toBe('Bearer t');
    expect(asked.header('x-forwarded-uri')).toBe(`/http/${protocol}/admit`);
  });

  it('by HTTP is answered as the service answers', async () => {
    const answer = await stage.send(protocol, '/http/login');
    expect([answer.status, answer.header('location'), answer.text]).toEqual([302, '/sign-in', 'please sign in']);
    expect(answer.headers('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(answer.header('x-inside')).toBeUndefined();
  });

  it.each(['seventeen letters', 'x'.repeat(300_000)])('with a longer body than the service is sent gets 413', async body => {
    const answer = await stage.send(protocol, '/http/admit', { method: 'POST', body });
    expect(answer.status).toBe(413);
  });

  it('by gRPC goes on with what the service says', async () => {
    const answer = await stage.send(protocol, '/grpc/admit?token=t&a=1', {
      headers: { 'x-user': 'root', authorization: 'Bearer t' },
    });
    expect([answer.status, answer.header('x-decided')]).toEqual([200, 'yes']);
    const echoed = answer.json() as { readonly target: string; readonly headers: Readonly<Record<string, string>> };
    expect(echoed.target).toBe('/grpc/admit?a=1');
    expect(echoed.headers).toMatchObject({ 'x-user': 'ann', host: 'localhost' });
    expect(echoed.headers).not.toHaveProperty('authorization');
  });

  it('by gRPC with a body of many packets goes on whole', async () => {
    const body = 'y'.repeat(60_000);
    const echoed = await stage.echo(protocol, '/grpc/admit', { method: 'POST', body });
    expect(echoed.body).toBe('60000 bytes');
    expect(seenByCheck.at(-1)?.attributes.request.http.body === body).toBe(true);
    expect(seenByCheck.at(-1)?.attributes.source.address.socket_address.address).toBe('127.0.0.1');
  });

  it('by gRPC is answered as the service says', async () => {
    const answer = await stage.send(protocol, '/grpc/deny');
    expect([answer.status, answer.header('www-authenticate'), answer.text]).toEqual([401, 'Custom', 'who are you?']);
    expect((await stage.send(protocol, '/grpc/plain')).status).toBe(403);
  });

  it.each([
    ['/http/slow', 'never answers'],
    ['/http/half', 'answers by half'],
    ['/http/garbage', 'does not speak HTTP'],
    ['/http/huge', 'answers without end'],
    ['/http/error', 'fails'],
    ['/grpc/slow', 'never answers'],
    ['/grpc/mute', 'says nothing in its answer'],
    ['/grpc/fail', 'fails'],
  ])('at %s gets 503, as the service %s', async target => {
    const answer = await stage.send(protocol, target);
    expect([answer.status, answer.header('content-type')]).toEqual([503, 'application/problem+json']);
    expect(answer.text).toContain('policy_unavailable');
    expect(answer.text).not.toContain('verify');
  });

  it('is answered 200 where the service cannot be asked and the policy says so, without what only it may say', async () => {
    const echoed = await stage.echo(protocol, '/opens/x', { headers: { 'x-user': 'root' } });
    expect(echoed.headers).not.toHaveProperty('x-user');
  });

  it('by a filter of its route goes on, and is refused, in the same way', async () => {
    const echoed = await stage.echo(protocol, `/filtered/${protocol}/admit`, {
      method: 'POST',
      body: 'abcdef',
      headers: { 'x-user': 'root' },
    });
    expect(echoed).toMatchObject({ body: 'abcdef', headers: { 'x-user': 'ann' } });
    const asked = stage.upstream('verify').requests.find(({ target }) => target === `/verify/filtered/${protocol}/admit`);
    expect(asked?.body.toString()).toBe('abcd');
    const refused = await stage.send(protocol, '/filtered/login');
    expect([refused.status, refused.header('x-inside')]).toEqual([302, 'secret']);
    expect((await stage.send(protocol, '/filtered/half')).status).toBe(503);
  });
});

describe('a gRPC call that a policy asks about', () => {
  function call(path: string): Promise<ServiceError | Buffer> {
    const client = connectGrpc(stage.ports.http);
    return new Promise<ServiceError | Buffer>(resolve => {
      client.makeUnaryRequest(path, bytes, bytes, Buffer.from('hi'), new Metadata(), (error, value) => {
        resolve(error ?? value ?? Buffer.alloc(0));
      });
    }).finally(() => client.close());
  }

  it('goes on, or ends with a gRPC status', async () => {
    expect(await call('/shop.Stock/Good')).toEqual(Buffer.from('hi'));
    expect(await call('/shop.Stock/Deny')).toMatchObject({ code: status.UNAUTHENTICATED });
  });
});

describe('a service that is away', () => {
  it('is left alone after a while, and asked again when it is back', async () => {
    await waitFor(
      async () => {
        expect((await stage.send('http', '/recovers/x')).status).toBe(503);
        return (await stage.weir.metrics()).includes('backend="backend/default/away/80",result="refused"');
      },
      { what: 'calls that are refused without being made' },
    );
    await using back = await startUpstream(answering(verify), { port: awayPort });
    await waitFor(async () => (await stage.send('http', '/recovers/admit')).status === 200, { what: 'the service to be asked' });
    expect(back.requests.length).toBeGreaterThan(0);
  });

  it('stands in the access log with who decided', () => {
    const record = stage.weir.accessLog.find(({ path }) => path === '/recovers/x');
    expect(record).toMatchObject({ fault: 'policy_unavailable', policy: 'default/recovers' });
    const refused = stage.weir.accessLog.find(({ path }) => path === '/grpc/deny');
    expect(refused).toMatchObject({ status: 401, fault: 'access_denied', policy: 'default/by-grpc' });
  });
});
