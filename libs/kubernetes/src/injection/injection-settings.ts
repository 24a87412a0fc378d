// SPDX-License-Identifier: Apache-2.0

/** Kubernetes' quantities, by name of the resource: `{ cpu: '50m', memory: '96Mi' }`. */
export type Quantities = Readonly<Record<string, string>>;

/** What every sidecar of a cluster has in common; annotations of a Pod go before it where there are some. */
export interface InjectionSettings {
  /** Of `weir`, with its tag or digest. Its entry point is the command `weir`. */
  readonly image: string;
  /** As Kubernetes names them; undefined = as it decides by the image's tag. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** `HOST:PORT` at which proxies reach the control plane. */
  readonly controlPlane: string;
  readonly trustDomain: string;
  readonly resources: { readonly requests: Quantities; readonly limits: Quantities };
  /** Where spans go (OTLP over HTTP); undefined = nowhere. */
  readonly otlpEndpoint?: string;
}
