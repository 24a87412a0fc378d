// SPDX-License-Identifier: Apache-2.0
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { Clock, Random } from '@weir/base';
import type { ResourceName, SplitReport, Transaction } from '@weir/policy/snapshot';
import type { BackendMemory, EndpointLoads, HealthMemory, SharedPlaces } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import type { DatagramPort } from '../udp/datagram-port.ts';
import type { ReadOriginalDestination } from '../intercept/original-destination.ts';
import type { AddressAnswer } from '../mesh/mesh-host.ts';
import type { NamedSlots } from '../workers/backend-slots.ts';
import type { Rejection } from './configuration.ts';
import type { EngineSettings } from './settings.ts';

/** Slots that the main thread assigned to endpoints in the shared loads. */
export type EndpointSlots = readonly (readonly [endpoint: string, slot: number])[];

/** Memory of backends that all threads share; of what is new or another one than before. */
export interface SharedParts {
  readonly health?: readonly HealthMemory[];
  readonly backendSlots?: NamedSlots;
}

/** Carries the traffic of one worker: connections in, requests through the configuration, answers out. */
export interface Engine {
  /** Applies a transaction in short slices and swaps it in one step; resolves when it serves. Lists the resources that stay at their previous version. */
  apply(transaction: Transaction, slots: EndpointSlots, shared?: SharedParts): Promise<readonly Rejection[]>;
  /** Takes a freshly accepted TCP connection of a port; TLS is done inside. */
  accept(port: ResourceName, socket: Socket): void;
  /** Takes the datagrams of a port from a bound socket, which stays the caller's to close. */
  openDatagrams(port: ResourceName, socket: DatagramSocket): DatagramPort;
  /** From now on each answer closes its connection; resolves when none is left. */
  drain(): Promise<void>;
  /** Of a sidecar whose workload ends soon: each answer to somebody who calls it from outside of the mesh closes his connection. */
  partWithStrangers(): void;
  /** Of a sidecar: each answer to somebody who calls the application closes his connection; resolves when none is left. */
  drainReceived(): Promise<void>;
  /**
   * Ends what still runs, and tells everybody: both sides of a WebSocket (1001), callers of gRPC (UNAVAILABLE), clients without an
   * answer (503); what is half sent is cut so that it shows. `drain` resolves when all of them know.
   */
  goAway(): void;
  /** Ends every connection at once. */
  close(): void;
  readonly connectionCount: number;
  /**
   * What this worker has counted of revisions since it was last asked, and how splits stand now; undefined = no backend has a split.
   * What a worker counted after its last report goes with it when it ends.
   */
  takeSplitReport(): SplitReport | undefined;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly loads: EndpointLoads;
  /** Counters of rate limits, shared by all workers (`createRateBuffer`). */
  readonly rates: SharedArrayBuffer;
  /** Requests in flight by key, shared by all workers. */
  readonly places: SharedPlaces;
  /** Breakers and limits of backends, shared by all workers. */
  readonly backendMemory: BackendMemory;
  readonly settings: EngineSettings;
  /**
   * Asks for all that calls to a Service of the mesh need; resolves when it was applied, or there is no such Service, and rejects with
   * the Fault of who cannot be told in time. Undefined = it is there, or there is nobody to ask.
   */
  readonly needService?: (service: ResourceName) => Promise<void> | undefined;
  /**
   * Asks who is at an address that the mesh's ranges have and no Service: the workload there, or `outside` where it is not in the
   * mesh. Who does not answer in the time of a connect is not waited for. Undefined = there is nobody to ask.
   */
  readonly needAddress?: (address: string) => Promise<AddressAnswer> | undefined;
  /** Tells where redirected connections were going; undefined = none are taken. */
  readonly readDestination?: ReadOriginalDestination | undefined;
  /** A word of shared memory that tells the main thread how much is refused. */
  readonly reportOverload: (word: number) => void;
}

/** What an engine in the mesh asks of others. */
export type MeshParts = Pick<EngineOptions, 'needAddress' | 'needService' | 'readDestination'>;
