// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';

export interface WaitOptions {
  /** What is waited for, as in "the second endpoint to get a request"; a function is asked when the wait has failed. */
  readonly what: string | (() => string);
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** Short enough not to be felt, long enough to leave the processor to what is waited for. */
const POLL_MS = 5;

/**
 * Resolves with the first truthy value of `condition`; a condition that throws counts as not yet met.
 * Throws an Error that names `what` and the condition's last error when `timeoutMs` have passed.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  { what, timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
): Promise<Exclude<Value, false | null | undefined | 0 | ''>> {
  const deadline = systemClock.nowMs() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (isMet(value)) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (systemClock.nowMs() >= deadline) {
      const wanted = typeof what === 'function' ? what() : what;
      throw new Error(`waited ${timeoutMs} ms in vain for ${wanted}`, { cause });
    }
    await pause();
  }
}

function isMet<Value>(value: Value): value is Exclude<Value, false | null | undefined | 0 | ''> {
  return Boolean(value);
}

function pause(): Promise<void> {
  return new Promise(resolve => {
    systemClock.after(POLL_MS, resolve);
  });
}
