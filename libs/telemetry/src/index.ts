// SPDX-License-Identifier: Apache-2.0
export { createTelemetry } from './telemetry.ts';
export type { Telemetry, TelemetryOptions } from './telemetry.ts';
export { createAccessLog } from './access-log/access-log.ts';
export type { AccessLog, AccessLogOptions } from './access-log/access-log.ts';
export { createLogWriter } from './log-writer/log-writer.ts';
export type { LogWriter, LogWriterOptions, WriteChunk } from './log-writer/log-writer.ts';
export { writeToDescriptor } from './log-writer/descriptor.ts';
export { METRICS } from './metrics/metric-table.ts';
export type { LabelValues, MetricName, MetricNameOf, MetricSpec } from './metrics/metric-table.ts';
export { createRegistry } from './metrics/registry.ts';
export type { Registry } from './metrics/registry.ts';
export { mergeDumps, withoutGauges } from './metrics/merge-dumps.ts';
export type { MetricDump, MetricsDump } from './metrics/metrics-dump.ts';
export { METRICS_CONTENT_TYPE, renderMetrics } from './metrics/render-metrics.ts';
export type { Counter } from './metrics/counter.ts';
export type { Gauge } from './metrics/gauge.ts';
export type { Histogram } from './metrics/histogram.ts';
