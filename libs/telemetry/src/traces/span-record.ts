// SPDX-License-Identifier: Apache-2.0
import type { SpanAttributes } from './span-attribute-table.ts';

/** A span that has ended; plain data, as it crosses from the thread that carries traffic to the one that exports. */
export interface SpanRecord {
  readonly kind: 'client' | 'server';
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' = it is the first of its trace. */
  readonly parentSpanId: string;
  /** Whether the parent is of another process. */
  readonly isParentRemote: boolean;
  /** Bits of `TRACE_FLAGS`. */
  readonly flags: number;
  /** As the caller sent it; '' = nothing. */
  readonly traceState: string;
  /** Unix milliseconds, with their fraction. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: SpanAttributes;
  /** Whether it is an error as OpenTelemetry has it: on a server's side faults and 5xx, on a client's 4xx as well. */
  readonly hasFailed: boolean;
  /** Operator's words for the fault; '' without. */
  readonly detail: string;
}
