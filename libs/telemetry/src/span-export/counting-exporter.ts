// SPDX-License-Identifier: Apache-2.0
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Tells what became of each batch, once. */
export class CountingExporter implements SpanExporter {
  private readonly exporter: SpanExporter;
  private readonly onDone: (spanCount: number, error: Error | undefined) => void;

  constructor(exporter: SpanExporter, onDone: CountingExporter['onDone']) {
    this.exporter = exporter;
    this.onDone = onDone;
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    this.exporter.export(spans, result => {
      const isTaken = result.code === ExportResultCode.SUCCESS;
      this.onDone(spans.length, isTaken ? undefined : (result.error ?? new Error('the collector did not take them')));
      onResult(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
