// SPDX-License-Identifier: Apache-2.0

/** One number that a control plane tells. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

/** Prometheus' text format 0.0.4. */
export function renderMetrics(gauges: readonly Gauge[]): string {
  return gauges.map(({ name, help, value }) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`).join('');
}
