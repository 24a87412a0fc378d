// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, ResponseHandler, Trace } from '@weir/base';
import { AttemptSpan } from './attempt-span.ts';
import { hasRequestFailed, requestAttributes, spanName } from './request-attributes.ts';
import type { SpanRecord } from './span-record.ts';
import type { TraceContext } from './trace-context.ts';

/** What spans are made with. */
export interface SpanPorts {
  readonly clock: Clock;
  readonly newSpanId: () => string;
  readonly onSpan: (span: SpanRecord) => void;
}

export interface RequestSpanInit {
  /** Its own. */
  readonly context: TraceContext;
  /** '' = it is the first of its trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
}

/** The server span of a request, from its first byte to the end of its exchange. */
export class RequestSpan implements Trace {
  readonly context: TraceContext;
  readonly traceState: string;
  readonly ports: SpanPorts;
  /** Unix milliseconds less those of the clock: one for the spans of a request, so that none begins before its parent. */
  readonly wallOffsetMs: number;
  route = '';
  private readonly parentSpanId: string;

  constructor({ context, parentSpanId, traceState }: RequestSpanInit, ports: SpanPorts) {
    this.context = context;
    this.parentSpanId = parentSpanId;
    this.traceState = traceState;
    this.ports = ports;
    this.wallOffsetMs = ports.clock.wallMs() - ports.clock.nowMs();
  }

  get traceId(): string {
    return this.context.traceId;
  }

  get spanId(): string {
    return this.context.spanId;
  }

  attempt(exchange: Exchange, endpoint: string, handler: ResponseHandler): AttemptSpan {
    return new AttemptSpan(this, { exchange, endpoint, handler });
  }

  end(exchange: Exchange, durationMs: number): void {
    const { context, parentSpanId, traceState, wallOffsetMs } = this;
    this.ports.onSpan({
      ...context,
      kind: 'server',
      name: spanName(exchange, this.route),
      parentSpanId,
      isParentRemote: true,
      traceState,
      startMs: exchange.startedMs + wallOffsetMs,
      durationMs,
      attributes: requestAttributes(exchange, this.route),
      hasFailed: hasRequestFailed(exchange),
      detail: exchange.faultDetail,
    });
  }
}
