// SPDX-License-Identifier: Apache-2.0
import type { TraceState } from '@opentelemetry/api';

/** A `tracestate` as it came: it was checked when the request arrived, and nothing but its text is ever asked for here. */
export function rawTraceState(text: string): TraceState {
  const state: TraceState = {
    get: () => undefined,
    set: () => state,
    unset: () => state,
    serialize: () => text,
  };
  return state;
}
