// SPDX-License-Identifier: Apache-2.0
import type { BackendProtocol } from '../../snapshot/index.ts';
import type { ServicePort } from './service-port.ts';

/** What a port of a Service says it speaks. */
export interface ApplicationProtocol {
  /** Undefined = it says nothing about HTTP: the kind of route decides. */
  readonly http: BackendProtocol | undefined;
  /** It is spoken over TLS only, so that a BackendTLSPolicy has to say whom to trust. */
  readonly needsTls: boolean;
  /** A gRPC call cannot be carried by it. */
  readonly excludesGrpc: boolean;
}

const UNSAID: ApplicationProtocol = { http: undefined, needsTls: false, excludesGrpc: false };
const HTTP1: ApplicationProtocol = { http: 'http1', needsTls: false, excludesGrpc: true };
const HTTP2: ApplicationProtocol = { http: 'http2', needsTls: false, excludesGrpc: false };

/** Names of KEP-1422 and KEP-3726 and those in common use; WebSocket is HTTP/1.1 until it upgrades. */
const PROTOCOLS: ReadonlyMap<string, ApplicationProtocol> = new Map([
  ['tcp', UNSAID],
  ['http', HTTP1],
  ['http/1.1', HTTP1],
  ['http1', HTTP1],
  ['ws', HTTP1],
  ['kubernetes.io/ws', HTTP1],
  ['h2c', HTTP2],
  ['grpc', HTTP2],
  ['kubernetes.io/h2c', HTTP2],
  ['https', { ...UNSAID, needsTls: true }],
  ['wss', { ...HTTP1, needsTls: true }],
  ['kubernetes.io/wss', { ...HTTP1, needsTls: true }],
]);

/** Undefined for a protocol that Weir does not speak. */
export function applicationProtocol({ appProtocol }: ServicePort): ApplicationProtocol | undefined {
  return appProtocol === undefined ? UNSAID : PROTOCOLS.get(appProtocol.toLowerCase());
}

/** What calls of a route make of a port that says nothing itself: gRPC is HTTP/2, all else HTTP/1.1, which needs no name of its own. */
export function protocolVariant(port: ServicePort, routeKind: string): 'http2' | undefined {
  return routeKind === 'GRPCRoute' && applicationProtocol(port)?.http === undefined ? 'http2' : undefined;
}
