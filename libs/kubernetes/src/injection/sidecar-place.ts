// SPDX-License-Identifier: Apache-2.0

/** What stands in every pod with a sidecar under these names, and what `weir sidecar` and `weir intercept` do unless told otherwise. */
export const SIDECAR = {
  interceptName: 'weir-intercept',
  name: 'weir-sidecar',
  userId: 15_177,
  outboundPort: 15_001,
  inboundPort: 15_006,
  probePort: 15_021,
  metricsPort: 15_090,
} as const;

/** No container of the application can listen there. */
export const SIDECAR_PORTS: ReadonlySet<number> = new Set([
  SIDECAR.outboundPort,
  SIDECAR.inboundPort,
  SIDECAR.probePort,
  SIDECAR.metricsPort,
]);

/** On a Namespace, with this value: its Pods get a sidecar. */
export const INJECT_LABEL = { name: 'weir.dev/inject', value: 'enabled' } as const;

/** Label that a Pod with a sidecar has, of value `true`: callers speak mutual TLS to it. */
export const INJECTED_LABEL = 'weir.dev/injected';
