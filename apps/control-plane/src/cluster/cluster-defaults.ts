// SPDX-License-Identifier: Apache-2.0
import { parseGatewayParameters, parseSidecarParameters } from '@weir/policy/resolve';
import type { GatewayParameters, SidecarParameters } from '@weir/policy/resolve';
import { ConfigMapParameters } from './config-map-parameters.ts';

interface DefaultsPlace {
  /** Of the control plane. */
  readonly namespace: string;
  readonly onNote: (text: string) => void;
}

/** What holds for all Gateways that do not say otherwise: ConfigMap `weir-gateway-defaults`, which the chart writes. */
export function createGatewayDefaults(place: DefaultsPlace): ConfigMapParameters<GatewayParameters> {
  const options = { name: 'weir-gateway-defaults', parse: parseGatewayParameters, what: 'the defaults of Gateways' };
  return new ConfigMapParameters({ ...place, ...options });
}

/** What holds for all sidecars whose Pods do not say otherwise: ConfigMap `weir-sidecar-defaults`, which the chart writes. */
export function createSidecarDefaults(place: DefaultsPlace): ConfigMapParameters<SidecarParameters> {
  const options = { name: 'weir-sidecar-defaults', parse: parseSidecarParameters, what: 'the defaults of sidecars' };
  return new ConfigMapParameters({ ...place, ...options });
}
