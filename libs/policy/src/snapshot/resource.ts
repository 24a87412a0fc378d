// SPDX-License-Identifier: Apache-2.0
import type { AccessChain, AccessPolicy, Consumers } from './access.ts';
import type { Backend } from './backend.ts';
import type { Certificate, TrustBundle } from './certificate.ts';
import type { Gateway } from './gateway.ts';
import type { MeshService, MeshSettings, SidecarPort, Workload } from './mesh.ts';
import type { Port } from './port.ts';
import type { ResourceName } from './resource-name.ts';
import type { RouteRule } from './route-rule.ts';
import type { StreamRule } from './stream-rule.ts';
import type { TrafficCalls, TrafficLimits } from './traffic.ts';

/**
 * What a proxy is given: the compiled form of documents. Total (no optionals that mean a default), frozen, and plain data,
 * so that the same values go to a worker thread or over the network. A resource refers to others by name.
 */
export type Resource =
  | AccessChain
  | AccessPolicy
  | Backend
  | Certificate
  | Consumers
  | Gateway
  | MeshService
  | MeshSettings
  | Port
  | RouteRule
  | SidecarPort
  | StreamRule
  | TrafficCalls
  | TrafficLimits
  | TrustBundle
  | Workload;

/** All resources that are valid together. */
export interface Snapshot {
  /** Rises with each change. */
  readonly version: number;
  readonly resources: ReadonlyMap<ResourceName, Resource>;
}

/** The difference between two snapshots, which takes effect in one step. What `upserts` refer to is either in it or was sent before. */
export interface Transaction {
  /** Version of the snapshot that it leads to. */
  readonly version: number;
  readonly upserts: readonly Resource[];
  readonly removes: readonly ResourceName[];
  /** Where a resource of it cannot be run, nothing of it takes effect; absent = all else of it does. */
  readonly isWhole?: true;
}
