// SPDX-License-Identifier: Apache-2.0
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { SpanRecord } from '../traces/span-record.ts';
import { rawTraceState } from './raw-trace-state.ts';

const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1_000_000;

const SCOPE = { name: 'weir' };
const KINDS = { client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;
const NOTHING: never[] = [];

/** A span as the library's exporter takes it. */
export function readableSpanFromRecord(record: SpanRecord, resource: Resource): ReadableSpan {
  const { name, kind, startMs, durationMs, attributes, hasFailed, detail } = record;
  const context = contextOf(record, { spanId: record.spanId, isRemote: false });
  const parent =
    record.parentSpanId === ''
      ? {}
      : { parentSpanContext: contextOf(record, { spanId: record.parentSpanId, isRemote: record.isParentRemote }) };
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...parent,
    startTime: hrTimeFromMs(startMs),
    endTime: hrTimeFromMs(startMs + durationMs),
    duration: hrTimeFromMs(durationMs),
    status: hasFailed ? { code: SpanStatusCode.ERROR, ...(detail === '' ? {} : { message: detail }) } : UNSET,
    attributes,
    links: NOTHING,
    events: NOTHING,
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const UNSET = { code: SpanStatusCode.UNSET };

function contextOf(
  { traceId, flags, traceState }: SpanRecord,
  { spanId, isRemote }: { spanId: string; isRemote: boolean },
): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote,
    ...(traceState === '' ? {} : { traceState: rawTraceState(traceState) }),
  };
}

/** Seconds and nanoseconds: Unix milliseconds with their fraction are more than a number holds in nanoseconds. */
function hrTimeFromMs(ms: number): HrTime {
  const seconds = Math.floor(ms / MS_PER_SECOND);
  return [seconds, Math.round((ms - seconds * MS_PER_SECOND) * NS_PER_MS)];
}
