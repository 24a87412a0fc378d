// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

interface TimeoutOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the wait earlier. */
  readonly signal: AbortSignal;
}

/** What `work` comes to, or an error when the time is up; `work` is told by its signal, and is not waited for. */
export async function withTimeout<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  { clock, timeoutMs, signal }: TimeoutOptions,
): Promise<Value> {
  const expired = new AbortController();
  const timer = clock.after(timeoutMs, () => expired.abort(new Error(`no answer within ${timeoutMs} ms`)));
  const either = AbortSignal.any([signal, expired.signal]);
  try {
    return await Promise.race([work(either), rejectionOf(either)]);
  } finally {
    timer.cancel();
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
