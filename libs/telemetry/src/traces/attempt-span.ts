// SPDX-License-Identifier: Apache-2.0
import { isGrpc, PassingCall } from '@weir/base';
import type { Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import { splitHostPort } from './host-and-port.ts';
import { methodLabel } from './request-attributes.ts';
import type { RequestSpan } from './request-span.ts';
import type { SpanAttributes } from './span-attribute-table.ts';
import { formatTraceparent } from './trace-context.ts';

export interface AttemptSpanInit {
  readonly exchange: Exchange;
  /** `address:port`. */
  readonly endpoint: string;
  readonly handler: ResponseHandler;
}

/** From here on statuses are errors of a client's side. */
const FIRST_ERROR_STATUS = 400;

/**
 * The client span of an attempt, which the request that goes upstream names as its parent. It ends with the attempt, once: with the last
 * byte of the answer, with a fault, or when whoever asked gives it up.
 */
export class AttemptSpan extends PassingCall {
  private readonly parent: RequestSpan;
  private readonly exchange: Exchange;
  private readonly endpoint: string;
  private readonly spanId: string;
  private readonly startedMs: number;
  private readonly resendCount: number;
  private readonly repeatsBefore: number;
  private status = 0;
  private grpcStatus = '';
  private isEnded = false;

  constructor(parent: RequestSpan, { exchange, endpoint, handler }: AttemptSpanInit) {
    super(handler);
    this.parent = parent;
    this.exchange = exchange;
    this.endpoint = endpoint;
    this.spanId = parent.ports.newSpanId();
    this.startedMs = parent.ports.clock.nowMs();
    this.resendCount = exchange.attempts - 1;
    this.repeatsBefore = exchange.repeats;
    this.announce();
  }

  override onHead(head: ResponseHead): void {
    this.status = head.status;
    this.noteGrpcStatus(head.headers);
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    if (trailers !== undefined) this.noteGrpcStatus(trailers);
    this.end('', '');
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.end(fault.code, fault.message);
    super.onFault(fault);
  }

  override cancel(why?: 'late'): void {
    this.end(this.whyCancelled(why), '');
    super.cancel(why);
  }

  /** A field that the route has taken out of the request stays out. */
  private announce(): void {
    const { headers } = this.exchange.request;
    const { context } = this.parent;
    if (headers.has('traceparent')) headers.set('traceparent', formatTraceparent({ ...context, spanId: this.spanId }));
  }

  private noteGrpcStatus(fields: HeaderList): void {
    if (isGrpc(this.exchange)) this.grpcStatus = fields.get('grpc-status') ?? this.grpcStatus;
  }

  /** An answer that is not wanted, as another attempt follows, says for itself what was wrong with it. */
  private whyCancelled(why: 'late' | undefined): string {
    if (why === 'late') return 'upstream_timeout';
    return this.exchange.fault ?? (this.status === 0 ? 'cancelled' : '');
  }

  private end(fault: string, detail: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { parent, spanId, startedMs } = this;
    const { context, ports, traceState, wallOffsetMs } = parent;
    const failed = fault === '' ? this.failure : fault;
    ports.onSpan({
      ...context,
      spanId,
      kind: 'client',
      name: methodLabel(this.exchange),
      parentSpanId: context.spanId,
      isParentRemote: false,
      traceState,
      startMs: startedMs + wallOffsetMs,
      durationMs: ports.clock.nowMs() - startedMs,
      attributes: this.attributes(failed),
      hasFailed: failed !== '',
      detail,
    });
  }

  /** Of the answer; '' = none. */
  private get failure(): string {
    if (this.status >= FIRST_ERROR_STATUS) return String(this.status);
    return this.grpcStatus === '0' ? '' : this.grpcStatus;
  }

  private attributes(failed: string): SpanAttributes {
    const { exchange, endpoint, status, grpcStatus, resendCount } = this;
    const [address, port = 0] = splitHostPort(endpoint);
    const repeats = exchange.repeats - this.repeatsBefore;
    return {
      'http.request.method': methodLabel(exchange),
      'server.address': address,
      'server.port': port,
      'network.peer.address': address,
      'network.peer.port': port,
      'weir.backend': exchange.served.backend,
      ...(resendCount === 0 ? {} : { 'http.request.resend_count': resendCount }),
      ...(repeats === 0 ? {} : { 'weir.repeats': repeats }),
      ...(status === 0 ? {} : { 'http.response.status_code': status }),
      ...(isGrpc(exchange) ? { 'rpc.system': 'grpc' } : {}),
      ...(/^\d+$/.test(grpcStatus) ? { 'rpc.grpc.status_code': Number(grpcStatus) } : {}),
      ...(failed === '' ? {} : { 'error.type': failed }),
    };
  }
}
