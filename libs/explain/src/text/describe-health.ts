// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { EndpointHealth, HealthCheck, HealthProbe, OutlierDetection } from '@weir/policy/snapshot';

/** What gets endpoints ejected, for how long. */
export function describeOutliers(outliers: OutlierDetection): string {
  const { consecutive5xx, consecutiveGatewayErrors, successRate, latency } = outliers;
  const reasons = [
    ...(consecutive5xx === 0 ? [] : [`after ${consecutive5xx} failures in a row`]),
    ...(consecutiveGatewayErrors === 0 ? [] : [`after ${consecutiveGatewayErrors} gateway errors in a row`]),
    ...(successRate === undefined ? [] : ['by success rate']),
    ...(latency === undefined ? [] : ['by latency']),
  ];
  const time = `${formatDuration(outliers.baseEjectionMs)} to ${formatDuration(outliers.maxEjectionMs)}`;
  return `ejected ${reasons.length === 0 ? 'never' : reasons.join(', ')}, for ${time}, at most ${outliers.maxEjectionPercent} % at once`;
}

/** How endpoints are asked. */
export function describeCheck({ probe, intervalMs, port, unhealthyThreshold }: HealthCheck): string {
  const where = port === undefined ? '' : ` at port ${port}`;
  return `checked by ${probeText(probe)}${where} every ${formatDuration(intervalMs)}, left alone after ${unhealthyThreshold} failures in a row`;
}

/** `ms`: until a new endpoint has its full share. */
export function describeSlowStart(ms: number): string {
  return `new endpoints have their full share after ${formatDuration(ms)}`;
}

/** When endpoints that should be left alone are used all the same. */
export function describePanic({ panicPercent }: Pick<EndpointHealth, 'panicPercent'>): string {
  if (panicPercent === 0) return 'endpoints that are left alone are never used';
  return `all endpoints are used where fewer than ${panicPercent} % are available`;
}

function probeText(probe: HealthProbe): string {
  if (probe.kind === 'http') return `GET ${probe.path}`;
  if (probe.kind === 'tcp') return 'TCP';
  return `gRPC health service${probe.service === '' ? '' : ` of ${probe.service}`}`;
}
