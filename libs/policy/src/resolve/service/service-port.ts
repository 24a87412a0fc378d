// SPDX-License-Identifier: Apache-2.0
import type { BackendProtocol } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';

export type ServiceDocument = DocumentOf<'Service'>;
export type ServicePort = NonNullable<ServiceDocument['spec']['ports']>[number];

/** What a port speaks to who sends requests. */
export interface SpokenProtocol {
  readonly protocol: BackendProtocol;
  /** Only over TLS: without a BackendTLSPolicy there is nothing to trust, and plaintext is not what is asked for. */
  readonly needsTls: boolean;
}

const HTTP1: SpokenProtocol = { protocol: 'http1', needsTls: false };
const HTTP2: SpokenProtocol = { protocol: 'http2', needsTls: false };
const HTTP1_OVER_TLS: SpokenProtocol = { protocol: 'http1', needsTls: true };

/** Application protocols (KEP-1422, KEP-3726, GEP-1911), lower-case; WebSocket is HTTP/1.1 until it upgrades. */
const PROTOCOLS: ReadonlyMap<string, SpokenProtocol> = new Map([
  ['http', HTTP1],
  ['http/1.1', HTTP1],
  ['http1', HTTP1],
  ['tcp', HTTP1],
  ['ws', HTTP1],
  ['kubernetes.io/ws', HTTP1],
  ['h2c', HTTP2],
  ['kubernetes.io/h2c', HTTP2],
  ['grpc', HTTP2],
  ['https', HTTP1_OVER_TLS],
  ['wss', HTTP1_OVER_TLS],
  ['kubernetes.io/wss', HTTP1_OVER_TLS],
]);

export function findPort({ spec }: ServiceDocument, port: number, transport: 'TCP' | 'UDP'): ServicePort | undefined {
  return spec.ports?.find(candidate => candidate.port === port && candidate.protocol === transport);
}

/** What the port says it speaks, HTTP/1.1 where it says nothing; undefined = nothing that Weir speaks. */
export function spokenProtocol({ appProtocol }: ServicePort): SpokenProtocol | undefined {
  return appProtocol === undefined ? HTTP1 : PROTOCOLS.get(appProtocol.toLowerCase());
}

/** For messages: `8080 (http), 9090`. */
export function describePorts({ spec }: ServiceDocument): string {
  const ports = (spec.ports ?? []).map(describePort);
  return ports.length === 0 ? 'no ports' : ports.join(', ');
}

function describePort({ name, port, protocol }: ServicePort): string {
  const details = [...(name === undefined ? [] : [name]), ...(protocol === 'TCP' ? [] : [protocol])];
  return details.length === 0 ? String(port) : `${port} (${details.join(', ')})`;
}
