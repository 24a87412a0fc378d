// SPDX-License-Identifier: Apache-2.0
import {
  Fault,
  HeaderList,
  PassingCall,
  isGrpc,
  isMarkedExhausted,
  isRepeatable,
  markExhausted,
  takeToldFault,
} from '@weir/base';
import type { Clock, Dispatch, Exchange, FaultCode, ResponseHandler, ResponseHead, Timer, UpstreamCall } from '@weir/base';
import { HeldInformation } from './held-information.ts';
import type { RetryBudget } from './retry-budget.ts';
import { ReplayBody } from './replay-body.ts';
import { retryAfterMs } from './retry-after.ts';

/** What one request's body may hold in memory; common API calls are far below, uploads are not retried. */
const MAX_REPLAY_BYTES = 65_536;
/** Who asks for a longer wait (Retry-After) gets none: the caller can wait itself, and holds nothing here meanwhile. */
const MAX_RETRY_AFTER_MS = 10_000;
/** Faults of upstreams have no lower one. */
const MIN_TOLD_STATUS = 502;

/** A retry specification made ready for use. */
export interface RetryPlan {
  /**
   * A policy or a route asks for retries. If not, only what was provably not processed is sent again, and not if a connection has
   * already done so; and an answer after that is not marked, as whoever asks for retries has all of its own.
   */
  readonly isAskedFor: boolean;
  /** Retries after the first attempt. */
  readonly attempts: number;
  /** Faults after which what may be sent twice is sent again. */
  readonly faults: ReadonlySet<FaultCode>;
  /** Faults after which everything is: nothing of it was processed. */
  readonly unprocessed: ReadonlySet<FaultCode>;
  readonly statusCodes: ReadonlySet<number>;
  /** As text, as they stand in `grpc-status`. */
  readonly grpcStatusCodes: ReadonlySet<string>;
  /** Wait before a retry, counted from 0. */
  readonly delayMs: (retry: number) => number;
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
export class RetryCall extends PassingCall {
  private readonly plan: RetryPlan;
  private readonly next: Dispatch;
  private readonly exchange: Exchange;
  private readonly replay: ReplayBody | undefined;
  private readonly isRepeatable: boolean;
  private retries = 0;
  private isAnswered = false;
  private timer: Timer | undefined = undefined;
  private information: HeldInformation | undefined = undefined;

  constructor({ plan, next, exchange, handler }: RetryCallInit) {
    super(handler);
    this.plan = plan;
    this.next = next;
    this.exchange = exchange;
    this.replay = replayBodyOf(exchange);
    this.isRepeatable = plan.isAskedFor && (plan.retriesAllMethods || mayBeRepeated(exchange, plan));
    plan.budget.deposit();
  }

  start(): UpstreamCall {
    if (this.replay) this.exchange.body = this.replay;
    this.attempt();
    return this;
  }

  override onInformation(head: ResponseHead): void {
    this.information ??= new HeldInformation(this.handler);
    this.information.take(head);
  }

  override onHead(head: ResponseHead): void {
    const isRetried = this.isRetriedAnswer(head);
    if (isRetried && this.canSendBodyAgain()) {
      if (this.hasScheduledRetry(retryAfterMs(head.headers, this.plan.clock))) return;
      if (this.plan.isAskedFor) markExhausted(head.headers);
    }
    // From here on the answer is the client's: no other can follow it.
    this.isAnswered = true;
    this.replay?.stopRecording();
    this.information?.release();
    super.onHead(head);
  }

  override onFault(fault: Fault): void {
    if (this.isAnswered || !this.isRetriedCode(fault.code) || !this.canSendBodyAgain()) this.handler.onFault(fault);
    else if (!this.hasScheduledRetry(0)) this.handler.onFault(this.plan.isAskedFor ? exhausted(fault) : fault);
  }

  override cancel(why?: 'late'): void {
    this.timer?.cancel();
    this.call?.cancel(why);
  }

  /** A sidecar's word for its application counts as what would have been seen without it. */
  private isRetriedAnswer(head: ResponseHead): boolean {
    const told = head.status < MIN_TOLD_STATUS ? undefined : takeToldFault(head.headers);
    if (told !== undefined && this.isRetriedCode(told)) return !isMarkedExhausted(head.headers);
    return this.isRepeatable && this.isRetried(head);
  }

  /** A gRPC status stands in the head where no message came before it. */
  private isRetried({ status, headers }: ResponseHead): boolean {
    const { statusCodes, grpcStatusCodes } = this.plan;
    const isCode = statusCodes.has(status) || (grpcStatusCodes.size > 0 && grpcStatusCodes.has(headers.get('grpc-status') ?? ''));
    return isCode && !isMarkedExhausted(headers);
  }

  private isRetriedCode(code: FaultCode): boolean {
    const { faults, unprocessed } = this.plan;
    return unprocessed.has(code) || (this.isRepeatable && faults.has(code));
  }

  private attempt(): void {
    this.call = this.next(this.exchange, this);
  }

  /** Gives the attempt up for another one, where there may be one, after `askedMs` at least. */
  private hasScheduledRetry(askedMs: number): boolean {
    const { plan, exchange } = this;
    const repeats = plan.isAskedFor ? 0 : exchange.repeats;
    if (this.retries + repeats >= plan.attempts || askedMs > MAX_RETRY_AFTER_MS) return false;
    const delayMs = Math.max(askedMs, plan.delayMs(this.retries));
    // The client would wait and only get a timeout: better the answer at hand.
    if (plan.clock.nowMs() + delayMs >= exchange.deadlineMs || !plan.budget.withdraw()) return false;
    this.call?.cancel();
    this.retries += 1;
    this.information?.drop();
    this.replay?.rewind();
    this.timer = plan.clock.after(delayMs, () => this.attempt());
    return true;
  }

  private canSendBodyAgain(): boolean {
    if (this.replay) return this.replay.isReplayable;
    return this.exchange.body.contentLength === 0 || !this.exchange.body.isStarted;
  }
}

/** Whether a request may be sent twice: by itself, or as a gRPC call of a route that says after which codes calls are made again. */
function mayBeRepeated(exchange: Exchange, { grpcStatusCodes }: RetryPlan): boolean {
  return isRepeatable(exchange.request) || (grpcStatusCodes.size > 0 && isGrpc(exchange));
}

/** The same fault, for an answer that nobody in front tries again. */
function exhausted({ code, message, cause, headers }: Fault): Fault {
  const marked = headers?.clone() ?? new HeaderList();
  markExhausted(marked);
  return new Fault(code, message, { headers: marked, ...(cause === undefined ? {} : { cause }) });
}

/** A body that may be kept; undefined where there is none to keep (nor of a handshake), or too much is announced. */
function replayBodyOf({ body, upgrade }: Exchange): ReplayBody | undefined {
  const { contentLength } = body;
  if (upgrade !== undefined) return undefined;
  const isKept = contentLength === undefined || (contentLength > 0 && contentLength <= MAX_REPLAY_BYTES);
  return isKept && !body.isStarted ? new ReplayBody(body, MAX_REPLAY_BYTES) : undefined;
}
