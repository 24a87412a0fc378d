// SPDX-License-Identifier: Apache-2.0
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition, StatusObject, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';

// Client and server of @grpc/grpc-js; messages are plain bytes.

/** Name of the host that gRPC clients ask for here. */
export const GRPC_HOST = 'grpc.test';

/** Messages as they are. */
export function bytes(value: Buffer): Buffer {
  return value;
}

/** What streams in a method. */
export interface Streaming {
  readonly request?: boolean;
  readonly response?: boolean;
}

/** The method of a path. */
export function grpcMethod(
  path: string,
  { request = false, response = false }: Streaming = {},
): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: request,
    responseStream: response,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
}

/** Starts a server on loopback; ends it with `forceShutdown`. */
export async function serveGrpc(
  definition: ServiceDefinition,
  implementation: UntypedServiceImplementation,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = new Server();
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { server, port };
}

/** A client of a gateway without TLS; it does not share its connection with other clients. */
export function connectGrpc(port: number): Client {
  return new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.default_authority': GRPC_HOST,
    'grpc.use_local_subchannel_pool': 1,
  });
}

/** The status that a call ends with; an error of it is not thrown. */
export function statusOf(call: NodeJS.EventEmitter): Promise<StatusObject> {
  call.on('error', () => undefined);
  return new Promise(resolve => {
    call.once('status', resolve);
  });
}

/** A GRPCRoute on the Gateway `edge`. */
export function grpcRoute(
  name: string,
  rules: readonly Fields[],
  annotations: Readonly<Record<string, string>> = {},
): TestDocument {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GRPCRoute',
    metadata: { name, namespace: 'default', annotations },
    spec: { parentRefs: [{ name: 'edge' }], hostnames: [GRPC_HOST], rules },
  };
}
