// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';

export type ServiceDocument = DocumentOf<'Service'>;
export type ServicePort = NonNullable<ServiceDocument['spec']['ports']>[number];

/** Application protocols (KEP-1422, GEP-1911) that are served with HTTP/1.1; WebSocket is HTTP/1.1 until it upgrades. */
const HTTP1_PROTOCOLS = new Set(['http', 'http/1.1', 'http1', 'tcp', 'ws', 'kubernetes.io/ws']);

export function findTcpPort({ spec }: ServiceDocument, port: number): ServicePort | undefined {
  return spec.ports?.find(candidate => candidate.port === port && candidate.protocol === 'TCP');
}

/** Whether Weir can speak what the port says it speaks; a port that says nothing speaks HTTP/1.1. */
export function speaksHttp1({ appProtocol }: ServicePort): boolean {
  return appProtocol === undefined || HTTP1_PROTOCOLS.has(appProtocol.toLowerCase());
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
