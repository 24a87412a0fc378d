// SPDX-License-Identifier: Apache-2.0
import type { SidecarParameters } from '@weir/policy/resolve';

/** Kubernetes' quantities, by name of the resource: `{ cpu: '50m', memory: '96Mi' }`. */
export type Quantities = Readonly<Record<string, string>>;

/**
 * What every sidecar of a cluster has in common; annotations of a Pod go before it where there are some. What is left out is as Kubernetes
 * decides (`imagePullPolicy`), or nothing (`otlpEndpoint`: spans go nowhere), or as `weir sidecar` has it in a Pod.
 */
export interface InjectionSettings extends Omit<SidecarParameters, 'image' | 'resources'> {
  /** Of `weir`, with its tag or digest. Its entry point is the command `weir`. */
  readonly image: string;
  /** `HOST:PORT` at which proxies reach the control plane. */
  readonly controlPlane: string;
  readonly trustDomain: string;
  readonly resources: { readonly requests: Quantities; readonly limits: Quantities };
}
