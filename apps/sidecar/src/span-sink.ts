// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { PoolTracing } from '@weir/proxy';
import type { MetricsDump, SamplerSettings } from '@weir/telemetry';
import type { SpanExporter, SpanExportSettings } from '@weir/telemetry/span-export';

/** Which requests become spans, and where these go. */
export interface SidecarTracing {
  readonly sampler: SamplerSettings;
  readonly exportTo: SpanExportSettings;
}

/** What carries traffic encodes them, too: so many at once take a millisecond or two, and 512 would take ten. */
const BATCH_SIZE = 64;

/** Takes the spans of one sidecar, and sends them to a collector. */
export class SpanSink {
  /** For the engine. */
  readonly tracing: PoolTracing;
  private readonly exporter: SpanExporter;
  private readonly onNote: (text: string) => void;

  constructor(exporter: SpanExporter, { sampler }: SidecarTracing, onNote: (text: string) => void) {
    this.exporter = exporter;
    this.onNote = onNote;
    this.tracing = { sampler, onSpans: spans => exporter.take(spans) };
  }

  dump(): MetricsDump {
    return this.exporter.dump();
  }

  /** Sends what is left when nothing is carried any more, and says what is lost. `leftMs`: of the time for the end. */
  async close(leftMs: number): Promise<void> {
    const lostCount = await this.exporter.close(Math.min(MAX_FLUSH_MS, Math.max(MIN_FLUSH_MS, leftMs)));
    if (lostCount > 0) this.onNote(`${lostCount} spans were not taken before the end, and are lost`);
  }
}

/** Loads what exports spans, which costs some 25 MB: call it only where that is asked for. */
export async function openSpanSink(tracing: SidecarTracing, onNote: (text: string) => void): Promise<SpanSink> {
  const { createSpanExporter } = await import('@weir/telemetry/span-export');
  const { exportTo } = tracing;
  const exporter = createSpanExporter({
    settings: exportTo,
    clock: systemClock,
    batchSize: BATCH_SIZE,
    onChanged: ({ isDelivering, reason }) => {
      const lost = `spans are lost: ${exportTo.url} did not take them: ${reason}; traffic is not affected, and later ones are tried again`;
      onNote(isDelivering ? `${exportTo.url} takes spans again` : lost);
    },
  });
  return new SpanSink(exporter, tracing, onNote);
}

/** The last spans come when the last request has ended, which may be at the deadline; a collector that is well takes a moment. */
const MIN_FLUSH_MS = 1_000;
const MAX_FLUSH_MS = 5_000;
