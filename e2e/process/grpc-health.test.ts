// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { credentials, makeClientConstructor, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ClientReadableStream, ServiceClientConstructor, ServiceError } from '@grpc/grpc-js';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { portService } from './stage/stream-documents.ts';

// grpc.health.v1 with the client and the server of the gRPC project.

let stage: Stage;
let server: Server;
let client: InstanceType<ServiceClientConstructor>;
const health = new HealthImplementation({ '': 'SERVING', 'shop.Stock': 'SERVING' });

beforeAll(async () => {
  server = new Server();
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  stage = await openStage({
    backends: {},
    documents: [
      ...portService('stock', [{ port }]),
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GRPCRoute',
        metadata: { name: 'health', namespace: 'default' },
        spec: {
          parentRefs: [{ name: 'edge' }],
          rules: [{ matches: [{ method: { service: 'grpc.health.v1.Health' } }], backendRefs: [backend('stock')] }],
        },
      },
    ],
  });
  const Health = makeClientConstructor(healthService, 'Health');
  client = new Health(`127.0.0.1:${stage.ports.http}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await stage[Symbol.asyncDispose]();
  server.forceShutdown();
});

interface Checked {
  readonly status: string;
}

function check(service: string): Promise<Checked> {
  return new Promise((resolve, reject) => {
    client['check']?.({ service }, (error: ServiceError | null, answer: Checked) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

describe('the health checking protocol of gRPC', () => {
  it.each(['', 'shop.Stock'])('passes through, for service "%s"', async service => {
    expect(await check(service)).toEqual({ status: 'SERVING' });
  });

  it('says of a service that is not there that it is not found', async () => {
    await expect(check('shop.Nobody')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('tells who watches of each change at once', async () => {
    const watch = client['watch']?.({ service: 'shop.Stock' }) as ClientReadableStream<Checked>;
    watch.on('error', () => undefined);
    for (const wanted of ['SERVING', 'NOT_SERVING', 'SERVING'] as const) {
      health.setStatus('shop.Stock', wanted);
      const [answer] = (await once(watch, 'data')) as [Checked];
      expect(answer).toEqual({ status: wanted });
    }
    watch.cancel();
  });
});
