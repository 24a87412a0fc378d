// SPDX-License-Identifier: Apache-2.0
import { Metadata } from '@grpc/grpc-js';
import type { Client, handleServerStreamingCall, handleUnaryCall, Server, StatusObject } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fields } from '../stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, serveGrpc, statusOf } from '../stage/grpc-peers.ts';
import { meshRoute, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// Calls of @grpc/grpc-js through two sidecars to servers of it.

let stage: MeshStage;
let client: Client;
const servers: Server[] = [];
const seen = new Map<string, Metadata>();

async function serve(name: string): Promise<number> {
  const get: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    seen.set(name, call.metadata);
    const metadata = new Metadata();
    metadata.set('x-secret', 'inside');
    call.sendMetadata(metadata);
    done(null, Buffer.from(name));
  };
  const list: handleServerStreamingCall<Buffer, Buffer> = call => {
    for (let i = 0; i < 1000; i++) call.write(Buffer.from(`${i};`));
    call.end();
  };
  const definition = {
    get: grpcMethod('/shop.Stock/Get'),
    put: grpcMethod('/shop.Stock/Put'),
    list: grpcMethod('/shop.Stock/List', { response: true }),
  };
  const { server, port } = await serveGrpc(definition, { get, put: get, list });
  servers.push(server);
  return port;
}

const GRPC_PORT = { name: 'grpc', port: 50_051, appProtocol: 'kubernetes.io/h2c' };
const grpcBackend = (name: string, more: Fields = {}): Fields => ({ name, port: GRPC_PORT.port, ...more });
const GET = { service: 'shop.Stock', method: 'Get' };
const headers = (value: string): Fields => ({ method: GET, headers: [{ name: 'x-rule', value }] });

beforeAll(async () => {
  const apps = Object.fromEntries(
    await Promise.all(
      ['stock', 'old', 'new', 'none'].map(async name => [name, { answers: await serve(name), ports: [GRPC_PORT] }]),
    ),
  ) as Record<string, object>;
  const filters = [
    {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { set: [{ name: 'x-tenant', value: 'shop' }], remove: ['x-debug'] },
    },
    {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'x-via', value: 'mesh' }], remove: ['x-secret'] },
    },
  ];
  stage = await openMeshStage({
    apps: { cart: { calls: ['stock:50051'] }, ...apps },
    documents: [
      meshRoute('stock', {
        kind: 'GRPCRoute',
        parents: [serviceParent('stock')],
        rules: [
          {
            matches: [headers('weights')],
            backendRefs: [
              grpcBackend('old', { weight: 70 }),
              grpcBackend('new', { weight: 30 }),
              grpcBackend('none', { weight: 0 }),
            ],
          },
          { matches: [headers('filters')], filters, backendRefs: [grpcBackend('stock')] },
          { matches: [{ method: { service: 'shop.Stock', method: 'Put' } }], backendRefs: [grpcBackend('new')] },
          { matches: [{ method: GET }], backendRefs: [grpcBackend('old')] },
          { matches: [{ method: { service: 'shop.Stock', method: 'List' } }], backendRefs: [grpcBackend('stock')] },
        ],
      }),
    ],
  });
  client = connectGrpc(stage.at('cart', 'stock:50051').port);
});

afterAll(async () => {
  client.close();
  await stage[Symbol.asyncDispose]();
  for (const server of servers) server.forceShutdown();
});

interface Answer {
  readonly text: string;
  readonly initial: Metadata;
  readonly end: StatusObject;
}

async function ask(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  let text = '';
  let initial = new Metadata();
  const running = client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, (_error, value) => {
    text = value?.toString() ?? '';
  });
  running.on('metadata', value => (initial = value));
  const end = await statusOf(running);
  return { text, initial, end };
}

describe('a GRPCRoute of a Service', () => {
  it.each([
    ['/shop.Stock/Put', 'new'],
    ['/shop.Stock/Get', 'old'],
  ])('finds its backend by the method %s', async (path, expected) => {
    expect((await ask(path)).text).toBe(expected);
  });

  it('has the status UNIMPLEMENTED for calls that no rule matches', async () => {
    expect((await ask('/shop.Other/Get')).end.code).toBe(12);
  });

  it('splits calls by weights, within two points of 1,000', async () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 1000; i++) {
      const { text } = await ask('/shop.Stock/Get', { 'x-rule': 'weights' });
      counts[text] = (counts[text] ?? 0) + 1;
    }
    expect(counts['old']).toBeGreaterThanOrEqual(680);
    expect(counts['old']).toBeLessThanOrEqual(720);
    expect((counts['old'] ?? 0) + (counts['new'] ?? 0)).toBe(1000);
  });

  it('changes metadata both ways', async () => {
    const { text, initial } = await ask('/shop.Stock/Get', { 'x-rule': 'filters', 'x-debug': '1', 'x-kept': 'yes' });
    expect(text).toBe('stock');
    expect(seen.get('stock')?.getMap()).toMatchObject({ 'x-tenant': 'shop', 'x-kept': 'yes' });
    expect(seen.get('stock')?.get('x-debug')).toEqual([]);
    expect(initial.getMap()).toMatchObject({ 'x-via': 'mesh' });
    expect(initial.get('x-secret')).toEqual([]);
  });

  it('carries streams', async () => {
    const stream = client.makeServerStreamRequest('/shop.Stock/List', bytes, bytes, Buffer.alloc(0));
    const parts: string[] = [];
    stream.on('data', (part: Buffer) => parts.push(part.toString()));
    expect((await statusOf(stream)).code).toBe(0);
    expect(parts).toHaveLength(1000);
  });
});
