// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { SidecarRole, Workload } from '@weir/policy/snapshot';
import type { AddressAndPort } from '../intercept/parse-socket-address.ts';
import { hostPort } from '../listen/socket-address.ts';
import { FixedBackend } from '../tcp/fixed-backend.ts';
import type { StreamWay } from '../tcp/stream-leg.ts';
import { capturedDestination } from './captured-destination.ts';
import type { FrontRooms } from './inbound-front.ts';
import { ServiceCaller } from './mesh-caller.ts';
import { listenerFor, strictestOf } from './mesh-directory.ts';
import type { MeshDestination } from './mesh-directory.ts';
import type { AddressAnswer, Arrival, MeshHost, RoleOf } from './mesh-host.ts';
import type { InnerProtocol } from './mesh-protocols.ts';
import { ProxyFront } from './proxy-front.ts';
import { refuse } from './refusals.ts';

/** As for backends of which nothing else is said: TCP and TLS together, and the question who is at an address. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** Takes calls of the application. */
export class OutboundFront {
  private readonly host: MeshHost;
  private readonly rooms: FrontRooms;
  private readonly proxy: ProxyFront;

  constructor(host: MeshHost, rooms: FrontRooms) {
    this.host = host;
    this.rooms = rooms;
    this.proxy = new ProxyFront(host, rooms.room, this);
  }

  /** Takes a connection, or throws the Fault that ends it. */
  take(arrival: Arrival, role: Exclude<SidecarRole, { readonly kind: 'inbound' }>): void {
    switch (role.kind) {
      case 'outbound':
        this.call(arrival, this.destinationOf(role));
        break;
      case 'captured':
        this.goTo(arrival, capturedDestination(this.host.readDestination, arrival.source.socket));
        break;
      case 'proxy':
        this.proxy.take(arrival);
        break;
    }
  }

  /** Takes a connection to an address, whoever is there. Throws the Fault of one that may not go there. */
  goTo(arrival: Arrival, at: AddressAndPort): void {
    const { directory } = this.host;
    const destination = directory.destinationAt(at.address, at.port);
    if (destination !== undefined) this.call(arrival, destination);
    else if (directory.isInRanges(at.address)) this.ask(arrival, at);
    else this.goOutside(arrival, at);
  }

  /** Takes a connection to a port of a Service. */
  call(arrival: Arrival, destination: MeshDestination): void {
    const { protocol } = destination.port;
    if (protocol === 'http1' || protocol === 'http2') {
      this.openRequests(arrival, destination, undefined);
      return;
    }
    const { socket } = arrival.source;
    const onGone = (): void => void socket.destroy();
    const arriving = this.host.need(destination.service.name);
    const carry = (): void => {
      socket.off('error', onGone);
      this.attempt(arrival, () => this.carry(arrival, destination));
    };
    if (arriving === undefined) carry();
    else {
      socket.on('error', onGone);
      void arriving.then(carry, (reason: unknown) => {
        socket.off('error', onGone);
        this.refuse(arrival, Fault.from(reason));
      });
    }
  }

  private carry(arrival: Arrival, destination: MeshDestination): void {
    const { source, port } = arrival;
    const { protocol: declared, port: number, listener: ownListener } = destination.port;
    const listener = listenerFor(destination.port, port.namespace);
    if (declared === 'tcp') {
      this.host.openWhole({ source, listener, serverName: '', pending: undefined });
      return;
    }
    const leg = this.host.createLeg(source, { listener });
    this.rooms.detections.enter(
      { source, declared, port: number, subject: ownListener, leg, tlsGraceMs: undefined },
      {
        onHttp: ({ pending }) => this.openRequests(arrival, destination, pending),
        onStream: ({ hello, pending }, early) =>
          this.host.openWhole({ source, listener, serverName: hello?.serverName ?? '', pending, early }),
        onFailed: fault => this.refuse(arrival, fault),
      },
    );
  }

  private openRequests({ source, port }: Arrival, destination: MeshDestination, pending: Buffer | undefined): void {
    source.socket.allowHalfOpen = false;
    this.host.openRequests(source, port.name, { origin: new ServiceCaller(this.host, destination, port.namespace), pending });
  }

  private destinationOf({ service, port }: RoleOf<'outbound'>): MeshDestination {
    const destination = this.host.directory.destination(service, port);
    if (destination !== undefined) return destination;
    throw new Fault('mesh_unavailable', `there is no port ${port} of ${service}`);
  }

  /** An address among those of workloads that no Service has at this port: only the control plane knows who that is. */
  private ask(arrival: Arrival, at: AddressAndPort): void {
    const place = hostPort(at.address, at.port);
    const asked = this.host.needAddress(at.address);
    if (asked === undefined) throw new Fault('mesh_unavailable', `there is nobody to ask who is at ${place}`);
    const { socket } = arrival.source;
    const onGone = (): void => void socket.destroy();
    socket.on('error', onGone);
    let isOver = false;
    const settle = (action: () => void): void => {
      if (isOver) return;
      isOver = true;
      deadline.cancel();
      socket.off('error', onGone);
      if (!socket.destroyed) this.attempt(arrival, action);
    };
    const fail = (): void => {
      throw new Fault('mesh_unavailable', `nobody could say in time who is at ${place}`);
    };
    const deadline = this.host.clock.after(CONNECT_TIMEOUT_MS, () => settle(fail));
    void asked.then(
      answer => settle(() => this.goToAnswered(arrival, at, answer)),
      () => settle(fail),
    );
  }

  private goToAnswered(arrival: Arrival, at: AddressAndPort, answer: AddressAnswer): void {
    if (answer === 'outside') this.goOutside(arrival, at);
    else this.goToWorkload(arrival, at, answer);
  }

  /** No Service is meant, so no routes are: who is called applies its own rules, to what it is told is spoken. */
  private goToWorkload(arrival: Arrival, at: AddressAndPort, workload: Workload): void {
    const { source, port } = arrival;
    const { identity } = workload;
    const served = workload.ports.find(candidate => candidate.port === at.port);
    const { protocol = 'tcp', mode = strictestOf(workload) } = served ?? {};
    const mesh = { mode, protocol, serverName: '' };
    const backend = new FixedBackend({ ...at, identity }, { label: identity, connectTimeoutMs: CONNECT_TIMEOUT_MS, mesh });
    const wayOf = (inner: InnerProtocol): StreamWay => ({ rule: undefined, label: identity, backend, inner });
    const listener = port.name;
    const whole = { source, listener, serverName: '', pending: undefined };
    if (protocol === 'http1' || protocol === 'http2') this.host.openWhole({ ...whole, way: wayOf(protocol) });
    else if (protocol !== 'detect') this.host.openWhole({ ...whole, way: wayOf('tcp') });
    else {
      const way = wayOf('tcp');
      const leg = this.host.createLeg(source, { listener, way });
      this.rooms.detections.enter(
        { source, declared: protocol, port: at.port, subject: hostPort(at.address, at.port), leg, tlsGraceMs: undefined },
        {
          onHttp: found => this.host.openWhole({ ...whole, way: wayOf(found.protocol), pending: found.pending }),
          onStream: ({ pending }, early) => this.host.openWhole({ ...whole, way, pending, early }),
          onFailed: fault => this.refuse(arrival, fault),
        },
      );
    }
  }

  private goOutside({ source, port: { name: listener } }: Arrival, at: AddressAndPort): void {
    const { directory } = this.host;
    const place = hostPort(at.address, at.port);
    const service = directory.serviceAt(at.address);
    if (service !== undefined) throw new Fault('destination_refused', `${service.name} has no port ${at.port}`);
    const { settings } = directory;
    if (settings === undefined) throw new Fault('mesh_unavailable', `it is not known yet whether ${place} may be called`);
    if (settings.unknownDestinations === 'registered') {
      throw new Fault('destination_refused', `${place} is no Service of the mesh, and unknownDestinations is Registered`);
    }
    const label = 'outside';
    const backend = new FixedBackend(at, { label, connectTimeoutMs: CONNECT_TIMEOUT_MS });
    const way: StreamWay = { rule: undefined, label, backend, inner: 'tcp' };
    this.host.openWhole({ source, listener, way, serverName: '', pending: undefined });
  }

  private attempt(arrival: Arrival, action: () => void): void {
    try {
      action();
    } catch (reason) {
      this.refuse(arrival, Fault.from(reason));
    }
  }

  private refuse({ port, source }: Arrival, fault: Fault): void {
    refuse(this.host, port, { fault, socket: source.socket });
  }
}
