// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type {
  EndpointHealth,
  HealthCheck,
  HealthProbe,
  LatencyOutliers,
  OutlierDetection,
  SuccessRateOutliers,
} from '../../snapshot/index.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type Spec = TrafficPolicyDocument['spec'];

/** What policies say of a Service's endpoints, each part as the nearest of them says it. */
export type HealthParts = Pick<Spec, 'healthCheck' | 'outlierDetection' | 'panicThreshold' | 'slowStart'>;

const DEFAULT_PANIC_PERCENT = 50;

/** With defaults in; undefined where nobody asks for anything. A panic threshold alone leaves no endpoint alone. */
export function endpointHealthFrom(parts: HealthParts): EndpointHealth | undefined {
  const { healthCheck, outlierDetection, panicThreshold = DEFAULT_PANIC_PERCENT, slowStart } = parts;
  if (healthCheck === undefined && outlierDetection === undefined && slowStart === undefined) return undefined;
  return {
    outliers: outlierDetection && outliersFrom(outlierDetection),
    check: healthCheck && checkFrom(healthCheck),
    slowStartMs: slowStart === undefined ? 0 : parseDuration(slowStart.window),
    panicPercent: panicThreshold,
  };
}

function outliersFrom(written: NonNullable<Spec['outlierDetection']>): OutlierDetection {
  const { consecutive5xx = 5, consecutiveGatewayErrors = 0, maxEjectionPercent = 10 } = written;
  const baseEjectionMs = parseDuration(written.baseEjectionTime ?? '30s');
  return {
    consecutive5xx,
    consecutiveGatewayErrors,
    intervalMs: parseDuration(written.interval ?? '10s'),
    baseEjectionMs,
    maxEjectionMs: Math.max(parseDuration(written.maxEjectionTime ?? '5m'), baseEjectionMs),
    maxEjectionPercent,
    successRate: written.successRate && successRateFrom(written.successRate),
    latency: written.latency && latencyFrom(written.latency),
  };
}

type Written = NonNullable<Spec['outlierDetection']>;

const DEFAULT_COMPARISON = { minimumRequests: 100, minimumEndpoints: 5 };

function successRateFrom({ standardDeviations = 1.9, ...written }: NonNullable<Written['successRate']>): SuccessRateOutliers {
  return { ...comparisonFrom(written), standardDeviations };
}

function latencyFrom({ factor = 3, threshold = '100ms', ...written }: NonNullable<Written['latency']>): LatencyOutliers {
  return { ...comparisonFrom(written), factor, thresholdMs: parseDuration(threshold) };
}

function comparisonFrom({
  minimumRequests = DEFAULT_COMPARISON.minimumRequests,
  minimumEndpoints = DEFAULT_COMPARISON.minimumEndpoints,
}: Pick<NonNullable<Written['latency']>, 'minimumEndpoints' | 'minimumRequests'>) {
  return { minimumRequests, minimumEndpoints };
}

function checkFrom(written: NonNullable<Spec['healthCheck']>): HealthCheck {
  const { healthyThreshold = 2, unhealthyThreshold = 3, port } = written;
  return {
    intervalMs: parseDuration(written.interval ?? '10s'),
    timeoutMs: parseDuration(written.timeout ?? '1s'),
    healthyThreshold,
    unhealthyThreshold,
    port,
    probe: probeFrom(written),
  };
}

function probeFrom({ type, http, grpc }: NonNullable<Spec['healthCheck']>): HealthProbe {
  if (type === 'TCP') return { kind: 'tcp' };
  if (type === 'GRPC') return { kind: 'grpc', service: grpc?.service ?? '' };
  const { path = '/', host, expectedStatuses = [] } = http ?? {};
  return { kind: 'http', path, host, expectedStatuses };
}
