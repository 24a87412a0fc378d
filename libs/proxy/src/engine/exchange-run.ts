// SPDX-License-Identifier: Apache-2.0
import { Fault, isGrpc } from '@weir/base';
import type { Clock, Exchange, Filter, HeaderList, ResponseHandler, ResponseHead, UpstreamCall, Verdict } from '@weir/base';
import { grpcFaultHead, grpcTrailers, noteGrpcStatus } from './grpc.ts';
import { faultResponse } from './fault-response.ts';
import type { Responder, RunningExchange } from './responder.ts';
import { cleanTrailers } from './trailer-fields.ts';
import type { RuleTarget } from './rule-runtime.ts';

/** What an exchange needs of the engine. */
export interface RunHost {
  readonly clock: Clock;
  /** The time now, as a Date field says it (RFC 9110 §6.6.1). */
  readonly dateText: string;
  /**
   * Finds the rule for a request and notes it in `exchange.served`; throws the Fault that it gets instead. A promise where what the
   * request needs is still to come.
   */
  route(exchange: Exchange): Promise<RuleTarget> | RuleTarget;
  /** Called exactly once for each exchange, however it ended. */
  onEnd(exchange: Exchange): void;
}

const NO_BODY = Buffer.alloc(0);

/** One request on its way: filters, upstream call, filters, answer. */
export class ExchangeRun implements ResponseHandler, RunningExchange {
  readonly exchange: Exchange;
  private readonly responder: Responder;
  private readonly host: RunHost;
  private filters: readonly Filter[] = [];
  /** How many of the filters have seen the request: as many see its answer and its end. */
  private startedFilterCount = 0;
  private call: UpstreamCall | undefined;
  private isHeadSent = false;
  private dispatchedMs = 0;
  isEnded = false;

  constructor(exchange: Exchange, responder: Responder, host: RunHost) {
    this.exchange = exchange;
    this.responder = responder;
    this.host = host;
  }

  start(): void {
    try {
      const target = this.host.route(this.exchange);
      if (target instanceof Promise) this.awaitTarget(target);
      else this.begin(target);
    } catch (reason) {
      this.onFault(Fault.from(reason));
    }
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(): void {
    if (this.isEnded) return;
    const { exchange } = this;
    exchange.fault ??= 'client_closed';
    if (exchange.faultDetail === '') exchange.faultDetail = 'the client closed the connection';
    if (exchange.status === 0) exchange.status = 499;
    this.call?.cancel();
    this.end();
  }

  fail(fault: Fault): void {
    if (this.isEnded) return;
    this.call?.cancel();
    this.onFault(fault);
  }

  admitTrailers(trailers: HeaderList | undefined): HeaderList | undefined {
    if (trailers !== undefined) for (const filter of this.filters) filter.onRequestTrailers?.(trailers);
    return cleanTrailers(trailers);
  }

  onInformation(head: ResponseHead): void {
    if (!this.isEnded) this.responder.sendInformation(head);
  }

  onHead(head: ResponseHead): void {
    if (this.isEnded) return;
    const { exchange } = this;
    exchange.upstreamMs = this.host.clock.nowMs() - this.dispatchedMs;
    this.sendHead(head);
  }

  onData(chunk: Buffer): boolean {
    if (this.isEnded) return true;
    this.exchange.bytesSent += chunk.length;
    return this.responder.sendData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (this.isEnded) return;
    if (trailers !== undefined) {
      for (const filter of this.filters) filter.onResponseTrailers?.(trailers);
      noteGrpcStatus(this.exchange, trailers);
    }
    this.end();
    this.responder.sendEnd(cleanTrailers(trailers));
  }

  onFault(fault: Fault): void {
    if (this.isEnded) return;
    const { exchange } = this;
    exchange.fault = fault.code;
    exchange.faultDetail = fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message;
    if (isGrpc(exchange)) {
      this.endGrpc(fault);
    } else if (this.isHeadSent) {
      this.end();
      this.responder.abort();
    } else {
      const { head, body } = faultResponse(fault, exchange);
      this.answer(head, body);
    }
  }

  private endGrpc(fault: Fault): void {
    this.exchange.grpcStatus = fault.spec.grpcStatus;
    if (!this.isHeadSent) {
      this.answer(grpcFaultHead(fault), NO_BODY);
      return;
    }
    this.end();
    this.responder.sendEnd(grpcTrailers(fault));
  }

  private begin(target: RuleTarget): void {
    this.filters = target.filters;
    this.runFilters(target);
  }

  private awaitTarget(pending: Promise<RuleTarget>): void {
    pending
      .then(target => {
        if (!this.isEnded) this.begin(target);
      })
      .catch((reason: unknown) => this.onFault(Fault.from(reason)));
  }

  private runFilters(target: RuleTarget): void {
    const { filters } = this;
    while (this.startedFilterCount < filters.length) {
      const filter = filters[this.startedFilterCount++];
      if (filter?.onRequest === undefined) continue;
      const verdict = filter.onRequest(this.exchange);
      if (verdict instanceof Promise) {
        this.awaitVerdict(verdict, target);
        return;
      }
      if (verdict.kind === 'reply') {
        this.answer(verdict.response, bytesOf(verdict.body));
        return;
      }
    }
    this.dispatchedMs = this.host.clock.nowMs();
    this.call = target.dispatch(this.exchange, this);
  }

  private awaitVerdict(pending: Promise<Verdict>, target: RuleTarget): void {
    pending
      .then(verdict => {
        if (this.isEnded) return;
        if (verdict.kind === 'reply') this.answer(verdict.response, bytesOf(verdict.body));
        else this.runFilters(target);
      })
      .catch((reason: unknown) => this.onFault(Fault.from(reason)));
  }

  private answer(head: ResponseHead, body: Buffer): void {
    if (!head.headers.has('date')) head.headers.append('date', this.host.dateText);
    this.sendHead({ ...head, contentLength: body.length });
    if (this.exchange.request.method !== 'HEAD' && body.length > 0) {
      this.exchange.bytesSent += body.length;
      this.responder.sendData(body);
    }
    this.end();
    this.responder.sendEnd(undefined);
  }

  private sendHead(head: ResponseHead): void {
    this.isHeadSent = true;
    this.exchange.status = head.status;
    for (let i = this.startedFilterCount - 1; i >= 0; i--) this.filters[i]?.onResponse?.(this.exchange, head);
    noteGrpcStatus(this.exchange, head.headers);
    this.responder.sendHead(head);
  }

  private end(): void {
    this.isEnded = true;
    for (let i = this.startedFilterCount - 1; i >= 0; i--) this.filters[i]?.onEnd?.(this.exchange);
    this.host.onEnd(this.exchange);
  }
}

function bytesOf(body: Buffer | string): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}
