// SPDX-License-Identifier: Apache-2.0
import type {
  Clock,
  Dispatch,
  Exchange,
  Fault,
  FaultCode,
  HeaderList,
  ResponseHandler,
  ResponseHead,
  Timer,
  UpstreamCall,
} from '@weir/base';
import { HeldInformation } from './held-information.ts';
import type { RetryBudget } from './retry-budget.ts';
import { ReplayBody } from './replay-body.ts';

/** What one request's body may hold in memory; common API calls are far below, uploads are not retried. */
const MAX_REPLAY_BYTES = 65_536;

/** A retry specification made ready for use. */
export interface RetryPlan {
  /** Retries after the first attempt. */
  readonly attempts: number;
  readonly statusCodes: ReadonlySet<number>;
  /** As text, as they stand in `grpc-status`. */
  readonly grpcStatusCodes: ReadonlySet<string>;
  /** Wait before a retry, counted from 0. */
  readonly delayMs: (retry: number) => number;
  /** Infinity = none. */
  readonly requestTimeoutMs: number;
  readonly retriesAllMethods: boolean;
  readonly budget: RetryBudget;
  readonly clock: Clock;
}

/** What a call needs of the layer it belongs to. */
export interface RetryCallInit {
  readonly plan: RetryPlan;
  readonly next: Dispatch;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** One request with its attempts: the handler of the running attempt and the call that the caller holds. */
export class RetryCall implements ResponseHandler, UpstreamCall {
  private readonly plan: RetryPlan;
  private readonly next: Dispatch;
  private readonly exchange: Exchange;
  private readonly handler: ResponseHandler;
  private readonly replay: ReplayBody | undefined;
  private readonly deadlineMs: number;
  private readonly isRepeatable: boolean;
  private retries = 0;
  private call: UpstreamCall | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private information: HeldInformation | undefined = undefined;

  constructor({ plan, next, exchange, handler }: RetryCallInit) {
    this.plan = plan;
    this.next = next;
    this.exchange = exchange;
    this.handler = handler;
    this.replay = replayBodyOf(exchange);
    this.deadlineMs = plan.clock.nowMs() + plan.requestTimeoutMs;
    this.isRepeatable = plan.retriesAllMethods || mayBeRepeated(exchange, plan);
    plan.budget.deposit();
  }

  start(): UpstreamCall {
    if (this.replay) this.exchange.body = this.replay;
    this.attempt();
    return this;
  }

  onInformation(head: ResponseHead): void {
    this.information ??= new HeldInformation(this.handler);
    this.information.take(head);
  }

  onHead(head: ResponseHead): void {
    if (this.isRepeatable && this.isRetried(head) && this.hasScheduledRetry()) return;
    // From here on the answer is the client's: no other can follow it.
    this.retries = Infinity;
    this.replay?.stopRecording();
    this.information?.release();
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    const isSafe = this.isRepeatable || UNPROCESSED.has(fault.code);
    if (fault.spec.isRetryable && isSafe && this.hasScheduledRetry()) return;
    this.handler.onFault(fault);
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(why?: 'timeout'): void {
    this.timer?.cancel();
    this.call?.cancel(why);
  }

  /** A gRPC status stands in the head where no message came before it. */
  private isRetried({ status, headers }: ResponseHead): boolean {
    const { statusCodes, grpcStatusCodes } = this.plan;
    if (statusCodes.has(status)) return true;
    return grpcStatusCodes.size > 0 && grpcStatusCodes.has(headers.get('grpc-status') ?? '');
  }

  private attempt(): void {
    this.call = this.next(this.exchange, this);
  }

  /** Gives the attempt up for another one, where there may be one. */
  private hasScheduledRetry(): boolean {
    if (this.retries >= this.plan.attempts || !this.canSendBodyAgain()) return false;
    const delayMs = this.plan.delayMs(this.retries);
    // The client would wait and only get a timeout: better the answer at hand.
    if (this.plan.clock.nowMs() + delayMs >= this.deadlineMs || !this.plan.budget.withdraw()) return false;
    this.call?.cancel();
    this.retries += 1;
    this.information?.drop();
    this.replay?.rewind();
    this.timer = this.plan.clock.after(delayMs, () => this.attempt());
    return true;
  }

  private canSendBodyAgain(): boolean {
    if (this.replay) return this.replay.isReplayable;
    return this.exchange.body.contentLength === 0 || !this.exchange.body.isStarted;
  }
}

/** Faults after which no byte of the request can have been processed. */
const UNPROCESSED: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_connect_failed',
  'upstream_connect_timeout',
  'upstream_tls_failed',
  'upstream_reset_before_request',
]);

/** RFC 9110 §9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Whether a request may be sent twice: by its method, by a key that lets the server tell a repetition
 * (draft-ietf-httpapi-idempotency-key-header), or as a gRPC call of a route that says after which codes calls are made again.
 */
function mayBeRepeated({ request }: Exchange, { grpcStatusCodes }: RetryPlan): boolean {
  if (IDEMPOTENT.has(request.method) || request.headers.has('idempotency-key')) return true;
  return grpcStatusCodes.size > 0 && request.headers.get('content-type')?.startsWith('application/grpc') === true;
}

/** A body that may be kept; undefined where there is none to keep, or too much is announced. */
function replayBodyOf({ body }: Exchange): ReplayBody | undefined {
  const { contentLength } = body;
  const isKept = contentLength === undefined || (contentLength > 0 && contentLength <= MAX_REPLAY_BYTES);
  return isKept && !body.isStarted ? new ReplayBody(body, MAX_REPLAY_BYTES) : undefined;
}
