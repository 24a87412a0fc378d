// SPDX-License-Identifier: Apache-2.0
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { Clock } from '@weir/base';
import type { MetricsDump } from '../metrics/metrics-dump.ts';
import { createRegistry } from '../metrics/registry.ts';
import type { SpanRecord } from '../traces/span-record.ts';
import { CountingExporter } from './counting-exporter.ts';
import { readableSpanFromRecord } from './readable-span.ts';

/** Where spans go, and as whose. */
export interface SpanExportSettings {
  /** Whole URL, `/v1/traces` included. */
  readonly url: string;
  /** Sent with each request; may be credentials, and so are never shown. */
  readonly headers: Readonly<Record<string, string>>;
  /** For a batch with all its repetitions. */
  readonly timeoutMs: number;
  /** `service.name` and others: who the spans are of. */
  readonly resource: Readonly<Record<string, string>>;
}

export interface SpanExporterOptions {
  readonly settings: SpanExportSettings;
  readonly clock: Clock;
  /** Spans that are encoded at once, which holds the thread for about 20 µs each; absent = as many as a thread has time for that carries nothing. */
  readonly batchSize?: number;
  /** Spans begin to get lost, or are taken again: once for each; `reason`: for people. */
  readonly onChanged: (change: { readonly isDelivering: boolean; readonly reason: string }) => void;
}

/** Sends spans to a collector in the background. */
export interface SpanExporter {
  /** Never waits; drops and counts what finds no room. */
  take(spans: readonly SpanRecord[]): void;
  dump(): MetricsDump;
  /**
   * Sends what is here, for `patienceMs` at most, and hardly waits for a collector that has not taken anything of late. Gives how many are
   * left and lost. Sockets and timers of what was being sent may outlive this by the timeout of a batch.
   */
  close(patienceMs: number): Promise<number>;
}

/** Spans that wait or are on their way, some seconds of a busy gateway: about 10 MB. */
const MAX_PENDING = 8_192;
const BATCH_SIZE = 512;
const BATCH_DELAY_MS = 1_000;
/** One more try: whoever ends a gateway whose collector is away must not wait for it. */
const FAILING_PATIENCE_MS = 1_000;

/**
 * Batching, repetitions and timeouts are the library's (OTLP over HTTP in protobuf); how much may wait is bounded here, over what waits
 * and what is on its way together.
 */
export function createSpanExporter({ settings, clock, batchSize = BATCH_SIZE, onChanged }: SpanExporterOptions): SpanExporter {
  const registry = createRegistry();
  const exported = registry.counter('weir_spans_exported_total', []);
  const refused = registry.counter('weir_spans_dropped_total', ['queue']);
  const failed = registry.counter('weir_spans_dropped_total', ['failed']);
  const resource: Resource = resourceFromAttributes(settings.resource);
  let pendingCount = 0;
  let isDelivering = true;
  const exporter = new CountingExporter(createOtlpExporter(settings, batchSize), (count, error) => {
    pendingCount -= count;
    (error === undefined ? exported : failed).add(count);
    if (isDelivering === (error === undefined)) return;
    isDelivering = error === undefined;
    onChanged({ isDelivering, reason: error === undefined ? '' : reasonOf(error) });
  });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_PENDING,
    maxExportBatchSize: batchSize,
    scheduledDelayMillis: BATCH_DELAY_MS,
    // The exporter's own comes first, unless a collector sends its answer byte by byte.
    exportTimeoutMillis: 2 * settings.timeoutMs,
  });
  return {
    take(spans) {
      const room = Math.max(0, Math.min(spans.length, MAX_PENDING - pendingCount));
      refused.add(spans.length - room);
      pendingCount += room;
      for (let i = 0; i < room; i++) processor.onEnd(readableSpanFromRecord(spans[i]!, resource));
    },
    dump: () => registry.dump(),
    async close(patienceMs) {
      const deadline = Promise.withResolvers<undefined>();
      const timer = clock.after(isDelivering ? patienceMs : Math.min(patienceMs, FAILING_PATIENCE_MS), () =>
        deadline.resolve(undefined),
      );
      // What fails is counted where it fails.
      await Promise.race([processor.shutdown().catch(() => undefined), deadline.promise]);
      timer.cancel();
      return pendingCount;
    },
  };
}

function createOtlpExporter({ url, headers, timeoutMs }: SpanExportSettings, batchSize: number): OTLPTraceExporter {
  // At the end all that waits is sent at once: what is above the exporter's own limit would be lost.
  const concurrencyLimit = Math.ceil(MAX_PENDING / batchSize);
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeoutMs, concurrencyLimit });
}

/** An error of several addresses has no words of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ');
  return error.message === '' ? error.name : error.message;
}
