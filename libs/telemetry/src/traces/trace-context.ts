// SPDX-License-Identifier: Apache-2.0

/** What a `traceparent` says (W3C Trace Context §3.2). */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all of them 0. */
  readonly traceId: string;
  /** Of the span that the request comes from: 16 digits, likewise. */
  readonly spanId: string;
  /** Bits of `TRACE_FLAGS`; others, which no version defines yet, are dropped. */
  readonly flags: number;
}

/** Level 1 has the first, level 2 both (§3.2.2.5). */
export const TRACE_FLAGS = {
  sampled: 0b01,
  /** The last 7 bytes of the trace's id are random, so that whoever samples by them may. */
  random: 0b10,
} as const;

const KNOWN_FLAGS = TRACE_FLAGS.sampled | TRACE_FLAGS.random;

/** Version 00 has these fields and no more; lower-case only, and no id of zeros (§3.2.2). */
const VERSION_00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A later version begins alike and may go on behind a dash (§3.2.4, Versioning); ff is none. */
const LATER_VERSION = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Undefined where the value is not exactly as the specification wants it: its trace is then not known. */
export function parseTraceparent(text: string): TraceContext | undefined {
  if (!isTraceparent(text)) return undefined;
  return { traceId: text.slice(3, 35), spanId: text.slice(36, 52), flags: parseInt(text.slice(53, 55), 16) & KNOWN_FLAGS };
}

function isTraceparent(text: string): boolean {
  return text.startsWith('00') ? VERSION_00.test(text) : LATER_VERSION.test(text);
}

/** As version 00, whatever version the caller spoke: a field is written in the version of its writer. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${flags}`;
}

export function isSampled(flags: number): boolean {
  return (flags & TRACE_FLAGS.sampled) !== 0;
}
