// SPDX-License-Identifier: Apache-2.0
import type { Dispatch, Exchange, ResponseHandler, UpstreamCall } from '@weir/base';

/** One call that reached the end of the layers; the test answers it by way of `handler`. */
export interface ScriptedAttempt {
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
  isCancelled: boolean;
  /** Why it was, where the endpoint is to blame. */
  cancelledFor: 'late' | undefined;
  resumeCount: number;
}

/** An upstream that does nothing by itself. */
export interface ScriptedDispatch {
  readonly dispatch: Dispatch;
  readonly attempts: readonly ScriptedAttempt[];
  /** The latest attempt. Throws where none was made. */
  readonly last: ScriptedAttempt;
}

/** Records each call; counts it in `exchange.attempts` as the engine does. A cancelled attempt's handler must not be called. */
export function createScriptedDispatch(): ScriptedDispatch {
  const attempts: ScriptedAttempt[] = [];
  const dispatch = (exchange: Exchange, handler: ResponseHandler): UpstreamCall => {
    const attempt: ScriptedAttempt = { exchange, handler, isCancelled: false, cancelledFor: undefined, resumeCount: 0 };
    exchange.attempts += 1;
    attempts.push(attempt);
    return {
      resume: () => void (attempt.resumeCount += 1),
      cancel: why => {
        attempt.isCancelled = true;
        attempt.cancelledFor = why;
      },
    };
  };
  return {
    dispatch,
    attempts,
    get last() {
      const last = attempts.at(-1);
      if (!last) throw new Error('no attempt was made');
      return last;
    },
  };
}
