// SPDX-License-Identifier: Apache-2.0
import type { AccessLogSettings, EngineSettings, LeaseOwner, PoolTracing, PortAddress, SocketCalls } from '@weir/proxy';
import type { LeafHealth } from '@weir/identity';
import type { ResourceName, WorkloadIdentity } from '@weir/policy/snapshot';

/** A port at which others call the application. */
export interface InboundBinding {
  /** Where the sidecar listens: an address and port of an endpoint. */
  readonly listen: PortAddress;
  /** Where the application does. */
  readonly application: PortAddress;
}

/** A port at which the application calls a Service. */
export interface OutboundBinding {
  /** Where the sidecar listens. */
  readonly listen: PortAddress;
  /** `mesh/NAMESPACE/SERVICE`. */
  readonly service: ResourceName;
  readonly port: number;
}

/** Where the kernel redirects connections to; see docs/interception.md. */
export interface CapturedPorts {
  /** IP addresses of this host at which the workload is called. */
  readonly addresses: readonly string[];
  /** Calls to any port of the application; one for each family of addresses. */
  readonly inbound: readonly PortAddress[];
  /** Calls of the application to anywhere. */
  readonly outbound: readonly PortAddress[];
}

/** Where a sidecar listens, and for what. */
export interface SidecarBindings {
  readonly inbound: readonly InboundBinding[];
  readonly outbound: readonly OutboundBinding[];
  /** Where the application finds an HTTP proxy; undefined = nowhere. */
  readonly proxy: PortAddress | undefined;
}

/** What a sidecar is started with. */
export interface SidecarOptions extends SidecarBindings {
  readonly identity: WorkloadIdentity;
  /** Absent = nothing is redirected to it. */
  readonly captured?: CapturedPorts | undefined;
  /** Whether ports that documents have no longer are served until `closeOldPorts`; absent = they are not. */
  readonly keepsOldPorts?: boolean | undefined;
  readonly settings: EngineSettings;
  readonly accessLog: AccessLogSettings;
  /** Absent = no traces: their context goes through untouched. */
  readonly tracing?: PoolTracing | undefined;
  /** How it stands with its leaf, as who renews it knows; absent or undefined = it goes by the leaf's own end. */
  readonly leafHealth?: (() => LeafHealth | undefined) | undefined;
  readonly calls: SocketCalls | undefined;
  readonly owner: LeaseOwner;
  /** Told what happens, for people; must not throw. */
  readonly onNote: (text: string) => void;
}

/** Namespace of a workload. */
export function namespaceOf(identity: WorkloadIdentity): string {
  return identity.split('/')[0] ?? '';
}
