// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIPv4 } from 'node:net';
import { addressBytes, addressText } from '../listen/address-bytes.ts';
import type {
  InboundPort,
  MeshMode,
  MeshPort,
  MeshService,
  MeshSettings,
  Resource,
  ResourceName,
  SidecarPort,
  Workload,
  WorkloadIdentity,
} from '@weir/policy/snapshot';

/** Resources that say what there is in the mesh, and where this proxy stands in it. */
export type MeshResource = MeshService | MeshSettings | SidecarPort | Workload;

/** A port of a Service that somebody calls. */
export interface MeshDestination {
  readonly service: MeshService;
  readonly port: MeshPort;
}

/** What follows a Service's name in the names that resolvers know it by. */
const SUFFIXES: ReadonlySet<string> = new Set(['', 'svc', 'svc.cluster', 'svc.cluster.local']);

export function isMeshResource(resource: Resource): resource is MeshResource {
  const { kind } = resource;
  return kind === 'meshService' || kind === 'meshSettings' || kind === 'sidecarPort' || kind === 'workload';
}

/** Finds who is called: by name, as a resolver would, or by address. */
export class MeshDirectory {
  private readonly services = new Map<ResourceName, MeshService>();
  private readonly byAddress = new Map<string, MeshService>();
  private readonly workloads = new Map<ResourceName, Workload>();
  private readonly ports = new Map<ResourceName, SidecarPort>();
  private current: MeshSettings | undefined;
  private ranges = new BlockList();

  /** Undefined = there is no mesh. */
  get settings(): MeshSettings | undefined {
    return this.current;
  }

  sidecarPort(name: ResourceName): SidecarPort | undefined {
    return this.ports.get(name);
  }

  /** A port of a workload by the number that its endpoints have; undefined = it serves no Service there. */
  inboundPort(workload: ResourceName, port: number): InboundPort | undefined {
    return this.workloads.get(workload)?.ports.find(candidate => candidate.port === port);
  }

  /** The strictest mode of the workloads of an identity; undefined = none is known. */
  modeOf(identity: WorkloadIdentity): MeshMode | undefined {
    const own = [...this.workloads.values()].filter(workload => workload.identity === identity);
    if (own.length === 0) return undefined;
    return own.some(workload => strictestOf(workload) === 'strict') ? 'strict' : 'permissive';
  }

  /**
   * The address of this host to call one of its own addresses from, so that the call comes in by the front door as everybody's does
   * (docs/interception.md); undefined = the address is another host's, or nothing is redirected here.
   */
  doorTo(address: string): string | undefined {
    const isOwn = [...this.workloads.values()].some(workload => workload.address === address);
    if (!isOwn || ![...this.ports.values()].some(({ role }) => role.kind === 'inbound' && role.port === undefined)) {
      return undefined;
    }
    return isIPv4(address) ? '127.0.0.1' : '::1';
  }

  /** Whether all addresses around this one are workloads. */
  isInRanges(address: string): boolean {
    return this.ranges.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }

  /** Undefined = the Service has no such port, or there is no such Service. */
  destination(name: ResourceName, port: number): MeshDestination | undefined {
    return destinationOf(this.services.get(name), port);
  }

  /** As `destination`, by an address that stands for the Service. */
  destinationAt(address: string, port: number): MeshDestination | undefined {
    return destinationOf(this.byAddress.get(address), port);
  }

  /** The Service that an address stands for. */
  serviceAt(address: string): MeshService | undefined {
    return this.byAddress.get(address);
  }

  /**
   * The Service that a host means to callers of a namespace: `catalogue` and `catalogue.shop`, with or without
   * `svc.cluster.local` behind it. Undefined = none.
   */
  serviceOf(host: string, namespace: string): MeshService | undefined {
    const [service = '', second = namespace, ...rest] = host.split('.');
    if (!SUFFIXES.has(rest.join('.'))) return undefined;
    return this.services.get(`mesh/${second}/${service}`);
  }

  /** Takes what a transaction brings. Synchronous: no connection sees half of it. */
  commit(upserts: readonly Resource[], removes: readonly ResourceName[]): void {
    for (const name of removes) this.remove(name);
    for (const resource of upserts) if (isMeshResource(resource)) this.set(resource);
  }

  private set(resource: MeshResource): void {
    switch (resource.kind) {
      case 'meshService':
        this.remove(resource.name);
        this.services.set(resource.name, resource);
        for (const address of resource.addresses) this.byAddress.set(inOneForm(address), resource);
        break;
      case 'meshSettings':
        this.current = resource;
        this.ranges = rangesOf(resource);
        break;
      case 'sidecarPort':
        this.ports.set(resource.name, resource);
        break;
      case 'workload':
        this.workloads.set(resource.name, resource);
        break;
    }
  }

  private remove(name: ResourceName): void {
    this.workloads.delete(name);
    this.ports.delete(name);
    if (this.current?.name === name) {
      this.current = undefined;
      this.ranges = new BlockList();
    }
    const service = this.services.get(name);
    if (service === undefined) return;
    this.services.delete(name);
    for (const address of service.addresses.map(inOneForm)) {
      if (this.byAddress.get(address) === service) this.byAddress.delete(address);
    }
  }
}

function destinationOf(service: MeshService | undefined, number: number): MeshDestination | undefined {
  const port = service?.ports.find(candidate => candidate.port === number);
  return service === undefined || port === undefined ? undefined : { service, port };
}

/** The listener by whose routes calls from a namespace go. */
export function listenerFor({ listener, consumers }: MeshPort, namespace: string): string {
  return consumers.includes(namespace) ? `${listener}@${namespace}` : listener;
}

/** As the kernel's answers are written. */
function inOneForm(address: string): string {
  return addressText(addressBytes(address));
}

/** How a workload is spoken to at a port that no Service has. */
export function strictestOf({ mode, ports }: Pick<Workload, 'mode' | 'ports'>): MeshMode {
  return mode === 'strict' || ports.some(port => port.mode === 'strict') ? 'strict' : 'permissive';
}

function rangesOf({ ranges }: MeshSettings): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix = ''] = range.split('/');
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
