// SPDX-License-Identifier: Apache-2.0
import type { GatewaySettings, InjectionSettings } from '@weir/kubernetes';
import type { SidecarParameters } from '@weir/policy/resolve';

/** Where the chart's ConfigMap is not: as it is there. A limit on CPU would slow down what sidecars stand beside. */
const RESOURCES = { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } };

/** What sidecars are put into Pods with: `said`, by who runs the cluster, over what is the same for all proxies. */
export function injectionSettings(shared: GatewaySettings, said: SidecarParameters): InjectionSettings {
  return { ...shared, ...said, resources: { requests: {}, limits: {}, ...(said.resources ?? RESOURCES) } };
}
