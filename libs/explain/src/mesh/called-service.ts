// SPDX-License-Identifier: Apache-2.0
import type { MeshPort, MeshService, Snapshot, WorkloadIdentity } from '@weir/policy/snapshot';

/** What a workload calls: a port of a Service, and by whose routes its requests go. */
export interface CalledService {
  readonly service: MeshService;
  readonly port: MeshPort;
  /** See MeshPort. */
  readonly listener: string;
  /** Namespace whose own routes hold for the caller; undefined = those of the Service's hold. */
  readonly consumer: string | undefined;
}

/** What follows a Service's name in the names that resolvers know it by. */
const SUFFIXES: ReadonlySet<string> = new Set(['', 'svc', 'svc.cluster', 'svc.cluster.local']);

/** Finds whom a workload calls, as its sidecar does; where there is nobody, why. */
export function findCalledService(
  { resources }: Snapshot,
  { host, port: number, caller }: { readonly host: string; readonly port: number; readonly caller: WorkloadIdentity },
): CalledService | string {
  const [namespace = ''] = caller.split('/');
  const services = [...resources.values()].filter(resource => resource.kind === 'meshService');
  const name = nameOf(host, namespace);
  const service = services.find(one => one.name === name || one.addresses.includes(host));
  if (service === undefined) return `${host} is no Service of the mesh; there are ${listed(services)}`;
  const port = service.ports.find(one => one.port === number);
  if (port === undefined) {
    const ports = service.ports.map(one => String(one.port)).join(', ');
    return `${labelOf(service)} has no port ${number}; its ports are ${ports}`;
  }
  const consumer = port.consumers.includes(namespace) ? namespace : undefined;
  return { service, port, consumer, listener: consumer === undefined ? port.listener : `${port.listener}@${consumer}` };
}

function nameOf(host: string, namespace: string): string | undefined {
  const [service = '', second = namespace, ...rest] = host.split('.');
  return SUFFIXES.has(rest.join('.')) ? `mesh/${second}/${service}` : undefined;
}

const MAX_SHOWN = 8;

function listed(services: readonly MeshService[]): string {
  if (services.length === 0) return 'none, as no document says who serves where (annotation weir.dev/identity)';
  const names = services.map(labelOf).sort((left, right) => left.localeCompare(right));
  return names.length > MAX_SHOWN ? `${names.slice(0, MAX_SHOWN).join(', ')} and others` : names.join(', ');
}

function labelOf({ namespace, service }: MeshService): string {
  return `${namespace}/${service}`;
}
