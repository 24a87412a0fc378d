// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { Fault, HeaderList } from '@weir/base';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { ServiceAnswer } from '../service-call/service-call.ts';
import { applyAnswerMutations } from './answer-mutations.ts';
import { encodeQuestion } from './check-request.ts';
import { decodeAnswer } from './check-response.ts';
import type { Decision } from './decision.ts';
import { createExternalAuthorizer } from './external-authorizer.ts';
import { frameMessage, messageOf } from './grpc-frame.ts';

/** Another implementation of Protocol Buffers (protobufjs), which reads what ours writes and the other way round. */
const CHECK = (
  loadSync('envoy/service/auth/v3/external_auth.proto', {
    includeDirs: [join(import.meta.dirname, 'proto')],
    keepCase: true,
    longs: String,
    enums: Number,
  })['envoy.service.auth.v3.Authorization'] as ServiceDefinition
)['Check']!;

function decide(response: object): Decision {
  return decodeAnswer(CHECK.responseSerialize(response));
}

function option(key: string, value: string, how: object = {}): object {
  return { header: { key, value }, ...how };
}

describe('a CheckRequest', () => {
  it('says of a request what Envoy says', () => {
    const exchange = createTestExchange({
      request: { method: 'POST', path: '/a', query: 'b=1', headers: HeaderList.of(['x-a', '1'], ['x-b', 'ü'], ['x-a', '2']) },
      downstream: {
        localAddress: '192.0.2.9',
        serverName: 'shop.example',
        clientCertificate: { dnsNames: ['a.example'], uris: ['spiffe://a/b'], emails: [] },
      },
      protocol: 'HTTP/2',
    });
    exchange.requestId = 'id-1';
    const bytes = encodeQuestion({ exchange, body: Buffer.from('hi') }, { headersToService: undefined, wallMs: 1_500 });
    expect(CHECK.requestDeserialize(Buffer.from(bytes))).toEqual({
      attributes: {
        source: { address: { socket_address: { address: '192.0.2.1', port_value: 50_000 } }, principal: 'spiffe://a/b' },
        destination: { address: { socket_address: { address: '192.0.2.9', port_value: 80 } } },
        request: {
          time: { seconds: '1', nanos: 500_000_000 },
          http: {
            id: 'id-1',
            method: 'POST',
            headers: { 'x-a': '1, 2', 'x-b': 'ü' },
            path: '/a?b=1',
            host: 'shop.example',
            scheme: 'http',
            protocol: 'HTTP/2',
            body: 'hi',
          },
        },
        tls_session: { sni: 'shop.example' },
      },
    });
  });

  it('has the headers that are listed, and a body that is no text as bytes', () => {
    const exchange = createTestExchange({ request: { headers: HeaderList.of(['x-a', '1'], ['x-b', '2']) } });
    const bytes = encodeQuestion({ exchange, body: Buffer.from([0xff, 0]) }, { headersToService: ['x-b'], wallMs: 0 });
    expect(CHECK.requestDeserialize(Buffer.from(bytes))).toMatchObject({
      attributes: { request: { http: { headers: { 'x-b': '2' }, raw_body: Buffer.from([0xff, 0]) } } },
    });
  });
});

describe('a CheckResponse', () => {
  it('that is OK admits, with its changes in the order in which they are made', () => {
    const decision = decide({
      status: { code: 0 },
      ok_response: {
        headers: [
          option('X-User', 'ann'),
          option('x-b', '2', { append: { value: true } }),
          option('x-c', '3', { append_action: 1 }),
          option('x-d', '4', { append_action: 3 }),
          option('x-e', '5', { append_action: 2 }),
          { header: { key: 'x-raw', raw_value: Buffer.from('raw') } },
        ],
        headers_to_remove: ['Authorization'],
        response_headers_to_add: [option('set-cookie', 'a=1'), option('x-z', '1', { append: { value: false } })],
        query_parameters_to_set: [{ key: 'a', value: '1 2' }],
        query_parameters_to_remove: ['token'],
      },
    });
    expect(decision).toEqual({
      kind: 'admitted',
      request: [
        { action: 'remove', name: 'authorization', value: '' },
        { action: 'set', name: 'x-user', value: 'ann' },
        { action: 'append', name: 'x-b', value: '2' },
        { action: 'setIfAbsent', name: 'x-c', value: '3' },
        { action: 'overwrite', name: 'x-d', value: '4' },
        { action: 'set', name: 'x-e', value: '5' },
        { action: 'set', name: 'x-raw', value: 'raw' },
      ],
      query: { remove: ['token'], set: [['a', '1 2']] },
      response: [
        { action: 'append', name: 'set-cookie', value: 'a=1' },
        { action: 'set', name: 'x-z', value: '1' },
      ],
    });
  });

  it('that is not OK denies with what it says, or with 403', () => {
    const said = decide({
      status: { code: 16 },
      denied_response: { status: { code: 401 }, headers: [option('X-A', '1')], body: 'no' },
    });
    expect(said).toMatchObject({ kind: 'denied', status: 401, body: Buffer.from('no') });
    expect(decide({ status: { code: 7 } })).toMatchObject({ kind: 'denied', status: 403 });
    expect(decide({ status: { code: 7 }, denied_response: { status: { code: 99 } } })).toMatchObject({ status: 403 });
    expect(decide({ status: { code: 7 }, ok_response: {} })).toMatchObject({ kind: 'denied', status: 403 });
  });

  it.each([
    ['nothing', {}],
    ['two things at once', { status: { code: 0 }, denied_response: { status: { code: 403 } } }],
    [
      'an append action that is none',
      { status: { code: 0 }, ok_response: { headers: [option('x-a', '1', { append_action: 9 })] } },
    ],
    [
      'a value that would break out of its field',
      { status: { code: 7 }, denied_response: { headers: [option('x-a', '1\r\nx-b: 2')] } },
    ],
  ])('that says %s is no answer', (_, response) => {
    expect(() => decide(response)).toThrow(Fault);
  });

  it('that is made of other bytes is no answer', () => {
    expect(() => decodeAnswer(Buffer.from('<html>no</html>'))).toThrow(Fault);
  });
});

describe('the frame of a message', () => {
  const good: ServiceAnswer = {
    status: 200,
    headers: new HeaderList(),
    body: frameMessage(Buffer.from('abc')),
    trailers: HeaderList.of(['grpc-status', '0']),
  };

  it('is taken off', () => {
    expect(Buffer.from(messageOf(good)).toString()).toBe('abc');
  });

  it.each<[string, Partial<ServiceAnswer>]>([
    ['another status', { status: 404 }],
    ['no gRPC status', { trailers: undefined }],
    ['a call that failed', { trailers: HeaderList.of(['grpc-status', '13']) }],
    ['no message', { body: Buffer.alloc(0) }],
    ['half a message', { body: good.body.subarray(0, 7) }],
    ['two messages', { body: Buffer.concat([good.body, good.body]) }],
    ['a compressed message', { body: Buffer.from([1, 0, 0, 0, 0]) }],
  ])('of an answer with %s is none', (_, parts) => {
    expect(() => messageOf({ ...good, ...parts })).toThrow(Fault);
  });
});

describe('asking by gRPC', () => {
  function authorizer(response: object) {
    const bytes = frameMessage(CHECK.responseSerialize(response));
    return createExternalAuthorizer(
      'AccessPolicy shop/all',
      {
        service: { kind: 'grpc', headersToService: undefined },
        backend: 'backend/auth/check/9000/http2',
        label: 'auth/check:9000',
        timeoutMs: 1000,
        body: undefined,
        failsOpen: false,
      },
      {
        clock: { wallMs: () => 0 },
        callBackend: async (_, { path, authority }) => {
          expect([path, authority]).toEqual(['/envoy.service.auth.v3.Authorization/Check', 'check.auth:9000']);
          return { status: 200, headers: new HeaderList(), body: bytes, trailers: HeaderList.of(['grpc-status', '0']) };
        },
      },
    );
  }

  it('changes the request, its query and the answer as the service says, and nothing that is not its own', async () => {
    const exchange = createTestExchange({
      request: { query: 'token=t&b=2', headers: HeaderList.of(['authorization', 'Bearer t'], ['x-user', 'root']) },
    });
    const outcome = await authorizer({
      status: { code: 0 },
      ok_response: {
        headers: [
          option('x-user', 'ann'),
          option('host', 'evil'),
          option(':path', '/evil'),
          option('x-forwarded-for', '1.1.1.1'),
        ],
        headers_to_remove: ['authorization', 'host', ':path'],
        response_headers_to_add: [option('x-served', 'yes'), option('content-length', '0')],
        query_parameters_to_set: [{ key: 'c', value: '3&4' }],
        query_parameters_to_remove: ['token'],
      },
    }).authorize(exchange);
    expect(outcome.kind).toBe('admitted');
    expect([...exchange.request.headers.entries()]).toEqual([['x-user', 'ann']]);
    expect([exchange.request.query, exchange.request.path, exchange.request.authority]).toEqual([
      'b=2&c=3%264',
      '/',
      'shop.example',
    ]);
    const answer = new HeaderList();
    applyAnswerMutations(exchange, answer);
    applyAnswerMutations(exchange, answer);
    expect([...answer.entries()]).toEqual([['x-served', 'yes']]);
  });

  it('takes no field that would break out of a head', async () => {
    const exchange = createTestExchange();
    const outcome = await authorizer({
      status: { code: 0 },
      ok_response: { headers: [option('x-a', '1'), option('x-b', '1\r\nx-c: 2')] },
    }).authorize(exchange);
    expect(outcome.kind).toBe('unavailable');
    expect(exchange.request.headers.count).toBe(0);
  });
});
