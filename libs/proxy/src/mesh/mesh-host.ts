// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Fault, Random } from '@weir/base';
import type { ResourceName, SidecarPort, SidecarRole, Workload, WorkloadIdentity } from '@weir/policy/snapshot';
import type { Limits } from '../engine/settings.ts';
import type { Detected } from '../intercept/detection.ts';
import type { ReadOriginalDestination } from '../intercept/original-destination.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import type { StreamStart } from '../tcp/stream-connection.ts';
import type { StreamLeg, StreamWay } from '../tcp/stream-leg.ts';
import type { MeshDirectory } from './mesh-directory.ts';
import type { MeshOrigin } from './mesh-origin.ts';
import type { InnerProtocol } from './mesh-protocols.ts';
import type { MeshSessions } from './mesh-sessions.ts';

/** Who is at an address in the mesh's ranges; `outside`: nobody of the mesh. */
export type AddressAnswer = Workload | 'outside';

/** What the front needs of the engine. */
export interface MeshHost {
  readonly limits: Limits;
  readonly coarseNowMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: MeshDirectory;
  readonly sessions: MeshSessions;
  /** Undefined = nobody can say where captured connections were going. */
  readonly readDestination: ReadOriginalDestination | undefined;
  need(service: ResourceName): Promise<void> | undefined;
  /** See EngineOptions.needAddress. */
  needAddress(address: string): Promise<AddressAnswer> | undefined;
  /** An address of a name outside of the mesh. */
  lookUp(name: string): Promise<string>;
  /** A connection whose bytes are requests: the first of them tell which version. `pending`: see StreamStart. */
  openRequests(source: OpenedSource, port: ResourceName, requests: OpenedRequests): void;
  openSecuredRequests(socket: TLSSocket, port: ResourceName, opened: SecuredRequests): void;
  /** A connection that is carried whole, by the stream rules of a listener. */
  openWhole(connection: WholeConnection): void;
  /** What is dialled for a connection before it is known whether it is carried whole; a Fault = why it may not be. */
  createLeg(source: OpenedSource, place: WholePlace): StreamLeg | Fault;
  onDetected(detected: Detected): void;
  onRefused(port: RefusingPort, fault: Fault, socket: Socket | undefined): void;
}

/** As telemetry names it. */
export interface RefusingPort {
  readonly name: ResourceName;
  readonly protocol: 'TCP' | 'TLS';
}

export interface OpenedRequests {
  readonly origin: MeshOrigin;
  /** What was read already, in memory of its own. */
  readonly pending: Buffer | undefined;
}

/** A peer that has shown who it is. */
export interface MeshPeerInfo {
  readonly identity: string;
  /** From then on the connection takes no more requests, by the engine's clock. */
  readonly retireAtMs: number;
}

export interface SecuredRequests {
  readonly origin: MeshOrigin;
  readonly protocol: Exclude<InnerProtocol, 'tcp'>;
  readonly peer: MeshPeerInfo;
}

/** Where a connection that is carried whole goes. */
export interface WholePlace {
  /** By whose stream rules it goes. */
  readonly listener: string;
  /** Other listeners whose rules have to admit it too. */
  readonly guards?: readonly string[];
  /** Whether a gateway of the mesh is believed there about its clients; absent = none is. */
  readonly believes?: (gateway: WorkloadIdentity) => boolean;
  /** Where it goes, whatever rules there are. */
  readonly way?: StreamWay;
  readonly peer?: MeshPeerInfo | undefined;
}

export interface WholeConnection extends WholePlace, StreamStart {
  readonly source: OpenedSource | TLSSocket;
  /** '' = none. */
  readonly serverName: string;
}

export type RoleOf<Kind extends SidecarRole['kind']> = SidecarRole & { readonly kind: Kind };

/** A connection to or of the application, on its way to whom it is for. */
export interface Arrival {
  readonly port: SidecarPort;
  readonly source: OpenedSource;
}
