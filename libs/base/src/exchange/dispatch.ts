// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from './exchange.ts';
import type { BodySink } from './body.ts';
import type { ResponseHead } from './heads.ts';

/**
 * Takes what an upstream answers: any number of `onInformation`, then `onHead`, `onData`…, `onEnd`.
 * `onFault` may come instead of any of these and is then the last call; exactly one of `onEnd` and `onFault` comes.
 */
export interface ResponseHandler extends BodySink {
  /** A 1xx response other than 101. */
  onInformation(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
}

/** A running upstream call. */
export interface UpstreamCall {
  /** Goes on after `onData` returned false. */
  resume(): void;
  /**
   * Ends the call at once; the handler hears nothing more. Idempotent; nothing happens after the end. `why`: 'timeout' where it took
   * longer than the configuration allows, which is held against who was called; absent where its answer is not wanted any more.
   */
  cancel(why?: 'timeout'): void;
}

/**
 * Sends a request and hands the answer to `handler`; never throws, never calls the handler before it returns.
 * A callback shape and not a promise: response bodies flow through it, and a promise for each layer and request costs more
 * than the layers themselves.
 */
export type Dispatch = (exchange: Exchange, handler: ResponseHandler) => UpstreamCall;

/** What wraps an upstream call: retry, timeout, breaker, balancer. */
export type Layer = (next: Dispatch) => Dispatch;

/** Composes layers around `innermost`, outermost first. */
export function stack(innermost: Dispatch, ...outermostFirst: readonly Layer[]): Dispatch {
  return outermostFirst.reduceRight((next, layer) => layer(next), innermost);
}
