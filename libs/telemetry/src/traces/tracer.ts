// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, HeaderList, Random } from '@weir/base';
import { RequestSpan } from './request-span.ts';
import type { SpanPorts } from './request-span.ts';
import { isTraceSampled } from './sampler.ts';
import type { SamplerSettings } from './sampler.ts';
import type { SpanRecord } from './span-record.ts';
import { formatTraceparent, isSampled, parseTraceparent, TRACE_FLAGS } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';
import { isTraceState } from './trace-state.ts';
import { UnrecordedTrace } from './unrecorded-trace.ts';

export interface TracerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly sampler: SamplerSettings;
  /** Takes each span that has ended; must neither wait nor throw. */
  readonly onSpan: (span: SpanRecord) => void;
}

/** Puts requests into traces. */
export interface Tracer {
  /**
   * Takes up the caller's trace, or begins one where there is none that can be read, and notes it in `exchange.trace`. From here on the
   * request's fields name the request's own span; those of a trace that nobody records stay as they came.
   */
  begin(exchange: Exchange): void;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export function createTracer({ clock, random, sampler, onSpan }: TracerOptions): Tracer {
  const ports = { clock, newSpanId: () => random.hex(SPAN_ID_BYTES), onSpan };
  return {
    begin(exchange) {
      const parent = takeParent(exchange.request.headers);
      const traceId = parent?.traceId ?? random.hex(TRACE_ID_BYTES);
      if (isTraceSampled(sampler, traceId, parent)) {
        exchange.trace = beginSpan(exchange.request.headers, { traceId, parent }, ports);
        return;
      }
      exchange.trace = new UnrecordedTrace(traceId);
      // Whose caller is not recorded either, goes on as it came: its parent stays whom the next one knows.
      if (parent !== undefined && !isSampled(parent.flags)) return;
      announce(exchange.request.headers, { traceId, spanId: ports.newSpanId(), flags: randomFlagOf(parent) });
    },
  };
}

/** A request's trace, and its caller's span where there is one. */
interface Origin {
  readonly traceId: string;
  readonly parent: TraceContext | undefined;
}

function beginSpan(headers: HeaderList, { traceId, parent }: Origin, ports: SpanPorts): RequestSpan {
  const context = { traceId, spanId: ports.newSpanId(), flags: TRACE_FLAGS.sampled | randomFlagOf(parent) };
  announce(headers, context);
  const traceState = headers.getJoined('tracestate') ?? '';
  return new RequestSpan({ context, parentSpanId: parent?.spanId ?? '', traceState }, ports);
}

function announce(headers: HeaderList, context: TraceContext): void {
  headers.set('traceparent', formatTraceparent(context));
}

/** Ids that are made here are random as a whole; of others the caller knows. */
function randomFlagOf(parent: TraceContext | undefined): number {
  return parent === undefined ? TRACE_FLAGS.random : parent.flags & TRACE_FLAGS.random;
}

/**
 * The context that a request comes with. Where it cannot be read, or there are two, all of it is removed: what stands in `tracestate`
 * belongs to another trace (W3C Trace Context §3.3, §4.3). A `tracestate` that cannot be read is removed alone.
 */
function takeParent(headers: HeaderList): TraceContext | undefined {
  const { names } = headers;
  const index = names.indexOf('traceparent');
  const isSingle = index !== -1 && !names.includes('traceparent', index + 1);
  const parent = isSingle ? parseTraceparent(headers.values[index] ?? '') : undefined;
  const traceState = headers.getJoined('tracestate');
  if (traceState !== undefined && (parent === undefined || !isTraceState(traceState))) headers.remove('tracestate');
  return parent;
}
