// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';

export type ServiceDocument = DocumentOf<'Service'>;
export type ServicePort = NonNullable<ServiceDocument['spec']['ports']>[number];

export function findTcpPort({ spec }: ServiceDocument, port: number): ServicePort | undefined {
  return spec.ports?.find(candidate => candidate.port === port && candidate.protocol === 'TCP');
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
