// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import { readBinaryReport } from './binary-load-report.ts';

/** What an endpoint says of itself with an answer (ORCA, `xds.data.orca.v3.OrcaLoadReport`). */
export interface LoadReport {
  /** Of what it can do at most; may be above 1. */
  readonly utilization: number;
  /** Requests a second that it answers, from all its callers; 0 = it does not say. */
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
}

/** With the format before the report (`TEXT`, `JSON`, `BIN`), and as gRPC's libraries send it. */
export const LOAD_REPORT_FIELDS = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] as const;

/** Reports have a dozen numbers; nobody gets to keep a worker busy with more. */
const MAX_REPORT_LENGTH = 4_096;
const READERS = { BIN: readBinaryReport, JSON: readJson, TEXT: readText };
const FORMATS = /^(BIN|JSON|TEXT)\s+/;

/** Takes the report out of a head or trailers: it is for whoever balances. Undefined = there is none that can be read. */
export function takeLoadReport(fields: HeaderList): LoadReport | undefined {
  let report: LoadReport | undefined;
  for (const name of LOAD_REPORT_FIELDS) {
    const value = fields.get(name);
    if (value === undefined) continue;
    fields.remove(name);
    report ??= parseLoadReport(name === 'endpoint-load-metrics' ? value : `BIN ${value}`);
  }
  return report;
}

/** Undefined = it says nothing of utilisation, or cannot be read. */
function parseLoadReport(text: string): LoadReport | undefined {
  const format = FORMATS.exec(text);
  if (format === null || text.length > MAX_REPORT_LENGTH) return undefined;
  const metrics = READERS[format[1] as keyof typeof READERS](text.slice(format[0].length));
  return metrics && reportFrom(metrics);
}

/** Numbers by their names in the message. */
export type LoadMetrics = ReadonlyMap<string, number>;

/** As gRPC does: what the application says of itself goes before what its processor does (gRFC A58). */
function reportFrom(metrics: LoadMetrics): LoadReport | undefined {
  const utilization = positive(metrics, 'application_utilization') || positive(metrics, 'cpu_utilization');
  if (utilization === 0) return undefined;
  return {
    utilization,
    requestsPerSecond: positive(metrics, 'rps_fractional') || positive(metrics, 'rps'),
    errorsPerSecond: positive(metrics, 'eps'),
  };
}

function positive(metrics: LoadMetrics, name: string): number {
  const value = metrics.get(name) ?? 0;
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** `name=value, name=value`. */
function readText(text: string): LoadMetrics {
  const metrics = new Map<string, number>();
  for (const pair of text.split(',')) {
    const [name = '', value = ''] = pair.split('=');
    metrics.set(name.trim(), Number(value));
  }
  return metrics;
}

/** As protobuf writes messages, with names in either case (ProtoJSON). */
function readJson(text: string): LoadMetrics | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  return new Map(Object.entries(parsed).map(([name, value]) => [snakeCase(name), Number(value)]));
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
