// SPDX-License-Identifier: Apache-2.0
import type { GatewaySettings } from '@weir/kubernetes';
import type { ClusterStartOptions } from '../start-options.ts';

/** What proxies of all sorts are started with: gateways, and sidecars. */
export function proxySettings({ image, namespace, listen }: ClusterStartOptions, trustDomain: string): GatewaySettings {
  return { image, controlPlane: `weir-control-plane.${namespace}.svc:${listen.port}`, trustDomain };
}
