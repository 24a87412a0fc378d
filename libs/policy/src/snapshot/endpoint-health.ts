// SPDX-License-Identifier: Apache-2.0

/** Which endpoints of a backend are left alone, and for how long. At least one of its parts is there. */
export interface EndpointHealth {
  /** Undefined = what endpoints answer takes none of them out. */
  readonly outliers: OutlierDetection | undefined;
  /** Undefined = endpoints are not asked. */
  readonly check: HealthCheck | undefined;
  /** How long new and recovered endpoints take to their full share; 0 = they have it at once. */
  readonly slowStartMs: number;
  /** Share of available endpoints, in percent, beneath which all are used; 0 = never. */
  readonly panicPercent: number;
}

export interface OutlierDetection {
  /** Failures in a row; 0 = they do not count. */
  readonly consecutive5xx: number;
  readonly consecutiveGatewayErrors: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  /** At least `baseEjectionMs`. */
  readonly maxEjectionMs: number;
  /** 1 to 100. */
  readonly maxEjectionPercent: number;
  readonly successRate: SuccessRateOutliers | undefined;
  readonly latency: LatencyOutliers | undefined;
}

/** Which endpoints can be compared with each other. */
export interface Comparison {
  readonly minimumRequests: number;
  readonly minimumEndpoints: number;
}

export interface SuccessRateOutliers extends Comparison {
  readonly standardDeviations: number;
}

export interface LatencyOutliers extends Comparison {
  /** Times the median of all endpoints. */
  readonly factor: number;
  readonly thresholdMs: number;
}

export interface HealthCheck {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Undefined = the endpoint's own. */
  readonly port: number | undefined;
  readonly probe: HealthProbe;
}

export type HealthProbe =
  | { readonly kind: 'grpc'; /** '' = the server as a whole. */ readonly service: string }
  | {
      readonly kind: 'http';
      readonly path: string;
      /** Undefined = the name that TLS is verified for, or else the Service's. */
      readonly host: string | undefined;
      /** Empty = 200 to 299. */
      readonly expectedStatuses: readonly number[];
    }
  | { readonly kind: 'tcp' };
