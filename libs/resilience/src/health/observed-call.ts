// SPDX-License-Identifier: Apache-2.0
import { PassingCall, isGrpc } from '@weir/base';
import type { Clock, Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import type { EndpointCell } from './endpoint-cell.ts';
import type { Failure, OutcomeRecorder } from './outcome-recorder.ts';

export interface ObservedCallInit {
  readonly recorder: OutcomeRecorder;
  /** Of the endpoint that the call goes to. */
  readonly cell: EndpointCell;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const SERVER_ERROR = 500;
const SWITCHING_PROTOCOLS = 101;
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/**
 * Codes of gRPC by which a service says that it failed, as HTTP statuses of 500 and more do: UNKNOWN, UNAVAILABLE, INTERNAL, DATA_LOSS.
 * Not DEADLINE_EXCEEDED, whose deadline is the caller's, nor UNIMPLEMENTED.
 */
const GRPC_FAILURES: ReadonlyMap<string, Failure> = new Map([
  ['2', 'server'],
  ['13', 'server'],
  ['14', 'gateway'],
  ['15', 'server'],
]);

/** Stands between a call to an endpoint and its handler, and notes what came of it; once, however the call ends. */
export class ObservedCall extends PassingCall {
  readonly #init: ObservedCallInit;
  readonly #startedMs: number;
  #hasHead = false;
  #isNoted = false;

  /** Begins to measure: the call must be sent now. */
  constructor(init: ObservedCallInit) {
    super(init.handler);
    this.#init = init;
    this.#startedMs = init.recorder.measuresLatency ? init.clock.nowMs() : 0;
  }

  override cancel(why?: 'late'): void {
    if (why === 'late' && !this.#hasHead && hasWholeRequest(this.#init.exchange)) this.#fail('gateway');
    // Nobody waits any more; what still comes says nothing.
    this.#isNoted = true;
    this.call?.cancel(why);
  }

  override onHead(head: ResponseHead): void {
    this.#hasHead = true;
    const { recorder, cell, clock } = this.#init;
    if (recorder.measuresLatency) recorder.answered(cell, clock.nowMs() - this.#startedMs);
    if (head.status >= SERVER_ERROR) this.#fail(GATEWAY_STATUSES.has(head.status) ? 'gateway' : 'server');
    else if (head.status === SWITCHING_PROTOCOLS) this.#succeed();
    else if (head.headers.has('grpc-status')) this.#noteGrpc(head.headers);
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    if (trailers !== undefined) this.#noteGrpc(trailers);
    this.#succeed();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    if (isOfEndpoint(fault)) this.#fail('gateway');
    this.#isNoted = true;
    super.onFault(fault);
  }

  #noteGrpc(fields: HeaderList): void {
    const status = fields.get('grpc-status');
    if (status === undefined || !isGrpc(this.#init.exchange)) return;
    const failure = GRPC_FAILURES.get(status);
    if (failure === undefined) this.#succeed();
    else this.#fail(failure);
  }

  #succeed(): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#init.recorder.succeeded(this.#init.cell);
  }

  #fail(failure: Failure): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#init.recorder.failed(this.#init.cell, failure);
  }
}

/** Whether the endpoint had all that it had to answer: a client that is slow to send says nothing of it. */
function hasWholeRequest({ body, bytesReceived }: Exchange): boolean {
  return body.contentLength !== undefined && bytesReceived >= body.contentLength;
}

/** Faults that are blamed on the backend, but for those that no endpoint had a part in. */
function isOfEndpoint({ code, spec }: Fault): boolean {
  return spec.blame === 'upstream' && code !== 'no_endpoints' && code !== 'request_deadline';
}
