// SPDX-License-Identifier: Apache-2.0
// `node grpc-authorizer.ts PORT`: a service that decides who may call, by gRPC, as it is written for Envoy.
import { join } from 'node:path';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The interface, as Envoy publishes it. */
const PROTOS = join(import.meta.dirname, '../../libs/filters/src/external-authorization/proto');
const SERVICE = 'envoy.service.auth.v3.Authorization';
const UNAUTHORIZED = 401;

/** What is looked at here of what a gateway says; names of header fields are lower-case. */
interface CheckRequest {
  readonly attributes: { readonly request: { readonly http: { readonly headers: Readonly<Record<string, string>> } } };
}

/** Who has which token; a real service would ask its database. */
const TOKENS: ReadonlyMap<string, string> = new Map([['Bearer example-token-of-ann', 'ann']]);

/** Names the user to the backend in place of the token. Callers without one are told what to show. */
const check: handleUnaryCall<CheckRequest, object> = ({ request }, done) => {
  const user = TOKENS.get(request.attributes.request.http.headers['authorization'] ?? '');
  if (user === undefined) {
    const headers = [header('www-authenticate', 'Bearer realm="examples"')];
    const denied = { status: { code: UNAUTHORIZED }, headers, body: 'show a token\n' };
    done(null, { status: { code: status.UNAUTHENTICATED }, denied_response: denied });
  } else {
    const admitted = { headers: [header('x-user', user)], headers_to_remove: ['authorization'] };
    done(null, { status: { code: status.OK }, ok_response: admitted });
  }
};

function header(key: string, value: string): object {
  return { header: { key, value } };
}

const port = Number(process.argv[2]);
const definitions = loadSync('envoy/service/auth/v3/external_auth.proto', { includeDirs: [PROTOS], keepCase: true });
const server = new Server();
server.addService(definitions[SERVICE] as ServiceDefinition, { Check: check });
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), error => {
  if (error) throw error;
  console.log(`the authorizer listens on 127.0.0.1:${port}`);
});
