// SPDX-License-Identifier: Apache-2.0
import type { GatewayParameters } from '@weir/policy/resolve';

/** What is to be made in a cluster for one Gateway. */
export interface GatewayPlan {
  readonly namespace: string;
  readonly name: string;
  readonly className: string;
  /** Of all that is made (GEP-1762). */
  readonly objectName: string;
  /** At least one. */
  readonly ports: readonly PlannedPort[];
  /** `spec.infrastructure.labels`, on all that is made. */
  readonly labels: Readonly<Record<string, string>>;
  /** `spec.infrastructure.annotations`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** IP addresses of `spec.addresses` that it is to be reached at; none: any. */
  readonly addresses: readonly string[];
  /** Its own over those of its class, these over the defaults of the cluster. */
  readonly parameters: GatewayParameters;
  /** Why its parameters are not known: nothing is made or changed, and what there is goes on. Absent = they are. */
  readonly held?: string;
}

/** A port that its listeners have; it is the same in the Service and in the pods. */
export interface PlannedPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** What is the same for all Gateways of a cluster. */
export interface GatewaySettings {
  /** Of Weir. */
  readonly image: string;
  /** `HOST:PORT` where proxies find the control plane. */
  readonly controlPlane: string;
  readonly trustDomain: string;
}
