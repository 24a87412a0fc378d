// SPDX-License-Identifier: Apache-2.0
import { Metadata, status } from '@grpc/grpc-js';
import type { Client, handleServerStreamingCall, handleUnaryCall, MetadataValue, Server, StatusObject } from '@grpc/grpc-js';
import type { TestDocument } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backend, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

// What a GRPCRoute does with calls on their way: backends by weight, and changes of metadata.

const NAMES = ['one', 'two', 'never'] as const;

let stage: Stage;
let client: Client;
let lastMetadata: Metadata;
const servers: Server[] = [];

/** Answers with its name, its metadata as it got them, and trailers of its own. */
function serve(name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const reply = (): [Metadata, Metadata] => {
    const [initial, trailing] = [new Metadata(), new Metadata()];
    for (const metadata of [initial, trailing]) {
      metadata.set('x-secret', 'inside');
      metadata.set('x-kept', 'yes');
    }
    return [initial, trailing];
  };
  const unary: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    lastMetadata = call.metadata;
    const [initial, trailing] = reply();
    if (call.request.toString() === 'fail') done({ code: status.NOT_FOUND, details: 'no such thing' });
    else {
      call.sendMetadata(initial);
      done(null, Buffer.from(name), trailing);
    }
  };
  const list: handleServerStreamingCall<Buffer, Buffer> = call => {
    lastMetadata = call.metadata;
    const [initial, trailing] = reply();
    call.sendMetadata(initial);
    call.write(Buffer.from(name));
    call.end(trailing);
  };
  return serveGrpc(
    { unary: grpcMethod('/shop.Stock/Unary'), list: grpcMethod('/shop.Stock/List', { response: true }) },
    { unary, list },
  );
}

const FILTERS: readonly Fields[] = [
  {
    type: 'RequestHeaderModifier',
    requestHeaderModifier: {
      set: [{ name: 'x-tenant', value: 'shop' }],
      add: [{ name: 'x-seen', value: 'gateway' }],
      remove: ['x-debug'],
    },
  },
  {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-via', value: 'edge' }], remove: ['x-secret'] },
  },
];

beforeAll(async () => {
  const documents: TestDocument[] = [];
  for (const name of NAMES) {
    const { server, port } = await serve(name);
    servers.push(server);
    documents.push(...service(name, [port]));
  }
  const named = (value: string): Fields => ({ headers: [{ name: 'x-rule', value }] });
  const weights = { one: 3, two: 1, never: 0 };
  stage = await openStage({
    backends: {},
    documents: [
      ...documents,
      grpcRoute('stock', [
        { matches: [named('weights')], backendRefs: NAMES.map(name => backend(name, { weight: weights[name] })) },
        { matches: [named('filters')], filters: FILTERS, backendRefs: [backend('one')] },
      ]),
    ],
    // Weights are exact in each worker.
    flags: ['--workers', '1'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  for (const server of servers) server.forceShutdown();
});

beforeEach(() => {
  client = connectGrpc(stage.ports.http);
});

afterEach(() => {
  client.close();
});

interface Answer {
  readonly text: string;
  readonly initial: Metadata;
  readonly end: StatusObject;
}

function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}

async function callUnary(fields: Readonly<Record<string, string>>, request = ''): Promise<Answer> {
  let initial = new Metadata();
  let end: StatusObject | undefined;
  const text = await new Promise<string>(resolve => {
    const call = client.makeUnaryRequest(
      '/shop.Stock/Unary',
      bytes,
      bytes,
      Buffer.from(request),
      metadataOf(fields),
      (_error, value) => resolve(value?.toString() ?? ''),
    );
    call.on('metadata', (received: Metadata) => (initial = received));
    call.on('status', (received: StatusObject) => (end = received));
  });
  if (end === undefined) throw new Error('the call ended without a status');
  return { text, initial, end };
}

async function callList(fields: Readonly<Record<string, string>>): Promise<Answer> {
  let initial = new Metadata();
  let text = '';
  const call = client.makeServerStreamRequest('/shop.Stock/List', bytes, bytes, Buffer.from(''), metadataOf(fields));
  call.on('metadata', (received: Metadata) => (initial = received));
  call.on('data', (part: Buffer) => (text += part.toString()));
  const end = await new Promise<StatusObject>(resolve => {
    call.on('status', resolve);
  });
  return { text, initial, end };
}

/** First values of some fields. */
function values(metadata: Metadata, ...names: readonly string[]): readonly (MetadataValue | undefined)[] {
  return names.map(name => metadata.get(name)[0]);
}

describe('weights of a GRPCRoute', () => {
  it('are exact over each cycle of calls on one connection, and 0 is nothing', async () => {
    for (let cycle = 0; cycle < 10; cycle++) {
      const names: string[] = [];
      for (let i = 0; i < 4; i++) names.push((await callUnary({ 'x-rule': 'weights' })).text);
      expect(names.toSorted()).toEqual(['one', 'one', 'one', 'two']);
    }
  });

  it('are exact for streams that are open at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => callList({ 'x-rule': 'weights' })));
    const counts = Map.groupBy(answers, ({ text }) => text);
    expect([counts.get('one')?.length, counts.get('two')?.length, counts.size]).toEqual([30, 10, 2]);
  });
});

describe('header filters of a GRPCRoute', () => {
  it.each([
    ['unary', callUnary],
    ['stream', callList],
  ] as const)('change the metadata of a call both ways, trailers as well: %s', async (_kind, call) => {
    const fields = { 'x-rule': 'filters', 'x-tenant': 'forged', 'x-seen': 'client', 'x-debug': '1', 'x-other': 'same' };
    const { text, initial, end } = await call(fields);
    expect([text, end.code]).toEqual(['one', status.OK]);
    expect(values(lastMetadata, 'x-tenant', 'x-debug', 'x-other')).toEqual(['shop', undefined, 'same']);
    expect(String(lastMetadata.get('x-seen'))).toMatch(/client, ?gateway/v);
    expect(values(initial, 'x-via', 'x-secret', 'x-kept')).toEqual(['edge', undefined, 'yes']);
    expect(values(end.metadata, 'x-secret', 'x-kept')).toEqual([undefined, 'yes']);
  });

  it('change an answer without messages, and leave its status', async () => {
    const { end } = await callUnary({ 'x-rule': 'filters' }, 'fail');
    expect(end).toMatchObject({ code: status.NOT_FOUND, details: 'no such thing' });
    expect(values(end.metadata, 'x-via')).toEqual(['edge']);
  });
});
