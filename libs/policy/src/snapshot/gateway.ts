// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from './mesh.ts';
import type { ResourceName } from './resource-name.ts';

/** A Gateway that has proxies of its own, and what they listen on. Named `gateway/NAMESPACE/NAME`. */
export interface Gateway {
  readonly kind: 'gateway';
  readonly name: ResourceName;
  /** Who those proxies are; nobody else may have this. */
  readonly identity: WorkloadIdentity;
  /** Names of Port resources. */
  readonly ports: readonly ResourceName[];
}
