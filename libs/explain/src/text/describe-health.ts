// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { EndpointHealth, HealthCheck, HealthProbe, OutlierDetection } from '@weir/policy/snapshot';

/** Which endpoints of a backend are left alone, a line for each way. */
export function describeHealth({ outliers, check, slowStartMs, panicPercent }: EndpointHealth): readonly string[] {
  return [
    ...(outliers === undefined ? [] : [describeOutliers(outliers)]),
    ...(check === undefined ? [] : [describeCheck(check)]),
    ...(slowStartMs === 0 ? [] : [`new endpoints have their full share after ${formatDuration(slowStartMs)}`]),
    ...(panicPercent === 0 ? [] : [`all endpoints are used where fewer than ${panicPercent} % are available`]),
  ];
}

function describeOutliers(outliers: OutlierDetection): string {
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

function describeCheck({ probe, intervalMs, port, unhealthyThreshold }: HealthCheck): string {
  const where = port === undefined ? '' : ` at port ${port}`;
  return `checked by ${probeText(probe)}${where} every ${formatDuration(intervalMs)}, left alone after ${unhealthyThreshold} failures in a row`;
}

function probeText(probe: HealthProbe): string {
  if (probe.kind === 'http') return `GET ${probe.path}`;
  if (probe.kind === 'tcp') return 'TCP';
  return `gRPC health service${probe.service === '' ? '' : ` of ${probe.service}`}`;
}
