// SPDX-License-Identifier: Apache-2.0

/** Where a sidecar listens for what is redirected to it, and who it is; rules, sidecar and docs share these. */
export const INTERCEPTION_DEFAULTS = {
  /** Connections of applications on this host to anywhere. */
  outboundPort: 15_001,
  /** Connections from anywhere to applications on this host. */
  inboundPort: 15_006,
  /** Answers the probes of an orchestrator in the applications' place. */
  probePort: 15_021,
  /** Metrics, livez and readyz. */
  metricsPort: 15_090,
  /** The sidecar's own, shared with no application: what it sends is not redirected again. */
  userId: 15_177,
} as const;
