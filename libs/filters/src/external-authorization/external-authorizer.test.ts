// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { ExternalAuthorization, HttpAuthorizationService } from '@weir/policy/snapshot';
import { createTestExchange, TestBody } from '@weir/testing';
import type { TestExchangeInit } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { ServiceAnswer, ServiceRequest } from '../service-call/service-call.ts';
import { NotAsked } from '../service-call/service-call.ts';
import { applyAnswerMutations } from './answer-mutations.ts';
import { createExternalAuthorizer } from './external-authorizer.ts';
import type { Outcome } from './external-authorizer.ts';

const HTTP: HttpAuthorizationService = {
  kind: 'http',
  path: { kind: 'prefixed', value: '/verify' },
  headersToService: ['cookie'],
  headersToBackend: ['x-user'],
  headersToClient: ['location', 'set-cookie'],
};

const AUTHORIZATION: ExternalAuthorization = {
  service: HTTP,
  backend: 'backend/auth/check/9000',
  label: 'auth/check:9000',
  timeoutMs: 1000,
  body: undefined,
  failsOpen: false,
};

function answerOf(status: number, headers: readonly (readonly [string, string])[] = [], body = ''): ServiceAnswer {
  return { status, headers: HeaderList.of(...headers), body: Buffer.from(body), trailers: undefined };
}

interface Scene {
  readonly authorization?: Partial<ExternalAuthorization>;
  readonly service?: Partial<HttpAuthorizationService>;
  readonly answer?: Fault | ServiceAnswer;
  readonly request?: TestExchangeInit;
}

async function ask({ authorization, service, answer = answerOf(200), request }: Scene = {}) {
  const asked: ServiceRequest[] = [];
  const exchange = createTestExchange(request);
  const authorizer = createExternalAuthorizer(
    'AccessPolicy shop/all',
    { ...AUTHORIZATION, service: { ...HTTP, ...service }, ...authorization },
    {
      clock: { wallMs: () => 0 },
      callBackend: async (_, question) => {
        asked.push(question);
        if (answer instanceof Fault) throw answer;
        return answer;
      },
    },
  );
  return { outcome: await authorizer.authorize(exchange), asked, exchange };
}

function fieldsOf({ request }: Exchange): readonly string[] {
  return [...request.headers.entries()].map(([name, value]) => `${name}: ${value}`);
}

function replyOf(outcome: Outcome) {
  if (outcome.kind !== 'denied' || outcome.reply.kind !== 'reply') throw new Error(`not denied: ${outcome.kind}`);
  const { response, body } = outcome.reply;
  return { status: response.status, headers: [...response.headers.entries()], body: body.toString() };
}

describe('a question over HTTP', () => {
  const request = {
    request: {
      method: 'PUT',
      path: '/cart',
      query: 'a=1',
      headers: HeaderList.of(['authorization', 'Bearer t'], ['cookie', 'c=1'], ['x-secret', 's'], ['x-forwarded-for', '6.6.6.6']),
    },
  };

  it('has the method and path of the request, its host, what is listed, and who asks', async () => {
    const { asked } = await ask({ request });
    expect(asked[0]).toMatchObject({
      method: 'PUT',
      path: '/verify/cart',
      query: 'a=1',
      authority: 'shop.example',
      timeoutMs: 1000,
    });
    expect([...(asked[0]?.headers.entries() ?? [])]).toEqual([
      ['authorization', 'Bearer t'],
      ['cookie', 'c=1'],
      ['x-forwarded-for', '192.0.2.1'],
      ['x-forwarded-host', 'shop.example'],
      ['x-forwarded-method', 'PUT'],
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-uri', '/cart?a=1'],
    ]);
  });

  it('goes to one path with GET where one is written', async () => {
    const { asked } = await ask({ request, service: { path: { kind: 'fixed', value: '/oauth2/auth' } } });
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/oauth2/auth', query: undefined });
  });

  it('puts no second slash between a prefix and a path', async () => {
    const { asked } = await ask({ service: { path: { kind: 'prefixed', value: '/' } } });
    expect(asked[0]?.path).toBe('/');
  });
});

describe('an answer that admits', () => {
  it('gives the backend the listed fields, and none of that name from the client', async () => {
    const { exchange, outcome } = await ask({
      answer: answerOf(204, [
        ['x-user', 'ann'],
        ['x-other', 'no'],
      ]),
      request: { request: { headers: HeaderList.of(['x-user', 'root'], ['x-mine', '1']) } },
    });
    expect(outcome.kind).toBe('admitted');
    expect(fieldsOf(exchange)).toEqual(['x-mine: 1', 'x-user: ann']);
  });

  it('removes what the client says of itself also where the service says nothing', async () => {
    const { exchange } = await ask({ request: { request: { headers: HeaderList.of(['x-user', 'root']) } } });
    expect(fieldsOf(exchange)).toEqual([]);
  });

  it('never changes host, framing, or where a request comes from; who sent it, yes', async () => {
    const headersToBackend = ['host', 'connection', 'transfer-encoding', 'x-forwarded-for', 'x-forwarded-user'];
    const { exchange } = await ask({
      service: { headersToBackend },
      answer: answerOf(
        200,
        headersToBackend.map(name => [name, 'evil'] as const),
      ),
      request: { request: { headers: HeaderList.of(['x-forwarded-for', '192.0.2.1']) } },
    });
    expect(fieldsOf(exchange)).toEqual(['x-forwarded-for: 192.0.2.1', 'x-forwarded-user: evil']);
    expect(exchange.request.authority).toBe('shop.example');
  });

  it('gives the backend all that does not describe the answer where all is asked for (GEP-1494)', async () => {
    const { exchange } = await ask({
      service: { headersToBackend: undefined },
      answer: answerOf(200, [
        ['content-type', 'text/html'],
        ['date', 'now'],
        ['set-cookie', 'a=1'],
        ['x-user', 'ann'],
      ]),
      request: { request: { headers: HeaderList.of(['content-type', 'text/plain']) } },
    });
    expect(fieldsOf(exchange)).toEqual(['content-type: text/plain', 'x-user: ann']);
  });
});

describe('an answer that does not admit', () => {
  it('goes to the caller with its status, body and the listed fields', async () => {
    const { outcome } = await ask({
      answer: answerOf(
        302,
        [
          ['location', '/login'],
          ['x-inside', 'secret'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
        'please log in',
      ),
    });
    expect(replyOf(outcome)).toEqual({
      status: 302,
      headers: [
        ['location', '/login'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
      body: 'please log in',
    });
  });

  it.each([
    [401, '16'],
    [403, '7'],
    [404, '12'],
    [429, '14'],
    [302, '2'],
  ])('with %i becomes the status %s for callers of gRPC', async (status, grpcStatus) => {
    const { outcome } = await ask({
      answer: answerOf(status, [['location', '/login']], 'no'),
      request: { request: { method: 'POST', headers: HeaderList.of(['content-type', 'application/grpc+proto']) } },
    });
    const { status: sent, headers, body } = replyOf(outcome);
    expect([sent, body]).toEqual([200, '']);
    expect(headers).toEqual([
      ['content-type', 'application/grpc'],
      ['grpc-status', grpcStatus],
      ['grpc-message', 'Refused by an authorization service'],
    ]);
  });
});

describe('a service that cannot be asked', () => {
  it.each([
    ['is away', new Fault('upstream_connect_failed', 'refused'), 'refused'],
    ['answers 500', answerOf(500), 'it answers 500'],
  ])('refuses where it %s', async (_, answer, words) => {
    const { outcome } = await ask({ answer });
    expect(outcome).toEqual({ kind: 'unavailable', detail: `Service auth/check:9000 cannot be asked: ${words}` });
  });

  it('lets requests go on where that is written, without what only it may say', async () => {
    const { outcome, exchange } = await ask({
      answer: new Fault('upstream_timeout', 'late'),
      authorization: { failsOpen: true },
      request: { request: { headers: HeaderList.of(['x-user', 'root'], ['x-mine', '1']) } },
    });
    expect(outcome.kind).toBe('admitted');
    expect(fieldsOf(exchange)).toEqual(['x-mine: 1']);
  });

  it('refuses by a reference that leads nowhere, whatever is written about failures', async () => {
    const { outcome } = await ask({ authorization: { backend: undefined, failsOpen: true } });
    expect(outcome).toEqual({ kind: 'unavailable', detail: 'Service auth/check:9000 cannot be used' });
  });

  it('is named to whoever may not ask', () => {
    const ports = { clock: { wallMs: () => 0 }, callBackend: undefined };
    const authorizer = createExternalAuthorizer('AccessPolicy shop/all', AUTHORIZATION, ports);
    expect(() => authorizer.authorize(createTestExchange())).toThrow(
      new NotAsked('AccessPolicy shop/all asks Service auth/check:9000; not asked here'),
    );
  });
});

describe('the body', () => {
  const body = { maxBytes: 4, whenLonger: 'refuse' } as const;

  function sent(exchange: Exchange): string[] {
    const seen: string[] = [];
    exchange.body.pipe({
      onData: chunk => seen.push(chunk.toString()) > 0,
      onEnd: () => void seen.push('end'),
      onFault: fault => void seen.push(fault.code),
    });
    return seen;
  }

  function fed(...chunks: readonly string[]): TestBody {
    const source = new TestBody(undefined);
    for (const chunk of chunks) source.data(chunk);
    source.end();
    return source;
  }

  it('goes to the service and then to the backend', async () => {
    const { asked, exchange } = await ask({ authorization: { body }, request: { body: fed('ab', 'cd') } });
    expect(asked[0]?.body.toString()).toBe('abcd');
    expect(sent(exchange)).toEqual(['ab', 'cd', 'end']);
  });

  it('is not read where the service does not get it', async () => {
    const source = fed('ab');
    const { asked } = await ask({ request: { body: source } });
    expect(asked[0]?.body).toHaveLength(0);
    expect(source.isStarted).toBe(false);
  });

  it.each([
    ['by its length', new TestBody(5)],
    ['as it comes', fed('abc', 'de', 'never read')],
  ])('is refused where it is longer %s, and nobody is asked', async (_, source) => {
    await expect(ask({ authorization: { body, failsOpen: true }, request: { body: source } })).rejects.toMatchObject({
      code: 'content_too_large',
    });
    expect(source.isPaused).toBe(true);
  });

  it('is cut for the service and not for the backend where that is the rule (GEP-1494)', async () => {
    const { asked, exchange } = await ask({
      authorization: { body: { maxBytes: 4, whenLonger: 'truncate' } },
      request: { body: fed('abc', 'de', 'fg') },
    });
    expect(asked[0]?.body.toString()).toBe('abcd');
    expect(sent(exchange)).toEqual(['abc', 'de', 'fg', 'end']);
  });

  it('that breaks off is the fault of whoever sends it, not of the service', async () => {
    const source = new TestBody(undefined);
    source.data('ab');
    source.fault(new Fault('request_timeout', 'slow'));
    await expect(ask({ authorization: { body, failsOpen: true }, request: { body: source } })).rejects.toMatchObject({
      code: 'request_timeout',
    });
  });

  it('waits while the backend does not take it', async () => {
    const { exchange } = await ask({
      authorization: { body: { maxBytes: 2, whenLonger: 'truncate' } },
      request: { body: fed('ab', 'cd', 'ef') },
    });
    const seen: string[] = [];
    let isTaking = false;
    exchange.body.pipe({
      onData: chunk => {
        seen.push(chunk.toString());
        return isTaking;
      },
      onEnd: () => void seen.push('end'),
      onFault: () => undefined,
    });
    expect(seen).toEqual(['ab']);
    isTaking = true;
    exchange.body.resume();
    expect(seen).toEqual(['ab', 'cd', 'ef', 'end']);
  });
});

describe('changes of the answer', () => {
  it('are made once', () => {
    const headers = new HeaderList();
    applyAnswerMutations(createTestExchange(), headers);
    expect(headers.count).toBe(0);
  });
});
