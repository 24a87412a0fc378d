// SPDX-License-Identifier: Apache-2.0

/** What came of a load run. */
export interface LoadReport {
  /** Requests that were answered in full with the wanted status. */
  succeededCount: number;
  /** What went wrong, each kind with its count; empty = nothing did. */
  readonly failures: Map<string, number>;
  /** Connections opened, the first of each client included. */
  connectionCount: number;
  /** Requests sent again, once and on a new connection, as the server had closed the idle one before a byte of an answer (RFC 9112 §9.3.1). */
  resentCount: number;
  /** Longest time from a request's last byte to the last byte of its answer. */
  slowestMs: number;
}

export function createLoadReport(): LoadReport {
  return { succeededCount: 0, failures: new Map(), connectionCount: 0, resentCount: 0, slowestMs: 0 };
}

export function countFailure(report: LoadReport, reason: string): void {
  report.failures.set(reason, (report.failures.get(reason) ?? 0) + 1);
}
