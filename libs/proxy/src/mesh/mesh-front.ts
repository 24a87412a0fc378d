// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { SidecarPort } from '@weir/policy/snapshot';
import type { ConnectionTable } from '../engine/connection-table.ts';
import { WaitingRoom } from '../front/waiting-room.ts';
import { openAccepted } from '../tcp/splice-side.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import { DetectionRoom } from './detection-room.ts';
import { InboundFront } from './inbound-front.ts';
import type { MeshHost } from './mesh-host.ts';
import { OutboundFront } from './outbound-front.ts';
import { refuse } from './refusals.ts';

/** Takes the connections of a sidecar: calls of its application, and calls to it. */
export class MeshFront {
  private readonly host: MeshHost;
  private readonly connections: ConnectionTable;
  private readonly room = new WaitingRoom();
  private readonly detections: DetectionRoom;
  private readonly inbound: InboundFront;
  private readonly outbound: OutboundFront;

  constructor(host: MeshHost, connections: ConnectionTable) {
    this.host = host;
    this.connections = connections;
    this.detections = new DetectionRoom(host);
    const rooms = { room: this.room, detections: this.detections };
    this.inbound = new InboundFront(host, rooms);
    this.outbound = new OutboundFront(host, rooms);
  }

  /** Lets calls to the application end with the answers that are owed; resolves when none is left. */
  drainReceived(): Promise<void> {
    return this.inbound.drain();
  }

  /** Callers from outside of the mesh have to connect again for each request. */
  partWithStrangers(): void {
    this.inbound.partWithStrangers();
  }

  /** Handshakes from now on use certificate and authorities as they are now. */
  renew(): void {
    this.inbound.renew();
  }

  sweep(nowMs: number): void {
    this.room.sweep(nowMs);
    this.detections.sweep(nowMs);
  }

  /** Ends connections of which nobody knows yet what they are. */
  goAway(): void {
    this.detections.close();
  }

  /** Takes a freshly accepted connection. */
  accept(port: SidecarPort, accepted: Socket): void {
    const source = openAccepted(accepted);
    const { socket } = source;
    if (!this.connections.admit(socket)) {
      socket.destroy();
      return;
    }
    try {
      this.enter(port, source);
    } catch (reason) {
      refuse(this.host, port, { fault: Fault.from(reason), socket });
    }
  }

  private enter(port: SidecarPort, source: OpenedSource): void {
    const { role } = port;
    if (role.kind === 'inbound') this.inbound.receive({ port, source }, role);
    else this.outbound.take({ port, source }, role);
  }
}
