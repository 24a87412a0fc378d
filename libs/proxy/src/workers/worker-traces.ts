// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import { createTracer, SpanOutbox } from '@weir/telemetry';
import type { SpanRecord, Traces } from '@weir/telemetry';
import { spanBacklogOf } from './span-backlogs.ts';
import type { WorkerTracing } from './worker-messages.ts';

export interface WorkerTracesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly column: number;
  readonly send: (spans: readonly SpanRecord[]) => void;
}

/** The traces of a worker, whose spans the main thread exports. `flush` hands over what is still here. */
export function createWorkerTraces(tracing: WorkerTracing, options: WorkerTracesOptions): Traces & { flush(): void } {
  const { clock, random, column, send } = options;
  const outbox = new SpanOutbox({ clock, backlog: spanBacklogOf(tracing.backlogs, column), send });
  const tracer = createTracer({ clock, random, sampler: tracing.sampler, onSpan: span => outbox.add(span) });
  return { tracer, droppedSpanCount: () => outbox.droppedCount, flush: () => outbox.flush() };
}
