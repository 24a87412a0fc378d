// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange, Random } from '@weir/base';
import { splitAuthority } from '@weir/policy/snapshot';
import type { ResourceName } from '@weir/policy/snapshot';
import { enterMesh } from './mesh-context.ts';
import { listenerFor } from './mesh-directory.ts';
import type { MeshDestination, MeshDirectory } from './mesh-directory.ts';
import type { MeshOrigin, OutsidePlace } from './mesh-origin.ts';

/** What calls of an application need. */
export interface CallerParts {
  readonly directory: MeshDirectory;
  readonly random: Random;
  /** Asks for all that calls to a Service need; see EngineOptions.needService. */
  need(service: ResourceName): Promise<void> | undefined;
}

/** A connection of the application to one port of a Service: whatever Host says, its requests go there. */
export class ServiceCaller implements MeshOrigin {
  readonly guards = NO_GUARDS;
  private readonly parts: CallerParts;
  private readonly destination: MeshDestination;
  private readonly namespace: string;

  constructor(parts: CallerParts, destination: MeshDestination, namespace: string) {
    this.parts = parts;
    this.destination = destination;
    this.namespace = namespace;
  }

  enter(exchange: Exchange): void {
    exchange.meshSide = 'caller';
    enterMesh(exchange, 'application', this.parts.random);
  }

  listenerOf(exchange: Exchange): string {
    const { directory } = this.parts;
    const { service, port } = this.destination;
    // As the Service is now: a connection outlives configurations.
    const current = directory.destination(service.name, port.port);
    if (current === undefined) throw new Fault('route_not_found', `${service.name} no longer has port ${port.port}`);
    exchange.servicePort = port.port;
    return listenerFor(current.port, this.namespace);
  }

  need(): Promise<void> | undefined {
    return this.parts.need(this.destination.service.name);
  }

  isRetiring(): boolean {
    return false;
  }
}

/** Who calls is not asked by its own sidecar. */
const NO_GUARDS: readonly string[] = [];
const HTTP_PORT = 80;

/** A connection of the application that asks for a proxy (RFC 9112 §3.2.2): each request's target tells where it goes. */
export class ProxyCaller implements MeshOrigin {
  readonly guards = NO_GUARDS;
  private readonly parts: CallerParts;
  private readonly namespace: string;

  constructor(parts: CallerParts, namespace: string) {
    this.parts = parts;
    this.namespace = namespace;
  }

  enter(exchange: Exchange): void {
    exchange.meshSide = 'caller';
    enterMesh(exchange, 'application', this.parts.random);
  }

  listenerOf(exchange: Exchange): string {
    const { port } = this.destinationOf(exchange.request.authority);
    exchange.servicePort = port.port;
    return listenerFor(port, this.namespace);
  }

  need(listener: string): Promise<void> | undefined {
    const [, namespace, service] = listener.split('/');
    return this.parts.need(`mesh/${namespace}/${service}`);
  }

  isRetiring(): boolean {
    return false;
  }

  readonly outsideOf = ({ request: { authority } }: Exchange): OutsidePlace | undefined => {
    const { directory } = this.parts;
    const place = placeOf(authority);
    if (directory.serviceOf(place.host, this.namespace) !== undefined) return undefined;
    if (directory.settings?.unknownDestinations === 'allow') return place;
    throw new Fault('destination_refused', `${authority} is no Service of the mesh, and unknownDestinations is Registered`);
  };

  private destinationOf(authority: string): MeshDestination {
    const { directory } = this.parts;
    const { host, port } = placeOf(authority);
    const service = directory.serviceOf(host, this.namespace);
    const destination = service && directory.destination(service.name, port);
    if (destination !== undefined) return destination;
    const what = service === undefined ? 'no Service of the mesh' : `no port of ${service.name}`;
    throw new Fault('destination_refused', `${authority} is ${what}`);
  }
}

function placeOf(authority: string): OutsidePlace {
  const { host = '', authority: written = '' } = splitAuthority(authority) ?? {};
  const port = written === host ? HTTP_PORT : Number(written.slice(host.length + 1));
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port };
}
