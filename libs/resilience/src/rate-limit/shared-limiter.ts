// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import { decisionFrom } from './rate-state.ts';
import type { RateCharge, RateDecision } from './rate-state.ts';
import { RATE_LIMIT_SCRIPT, RATE_LIMIT_SCRIPT_SHA, parseRateLimitReply, rateLimitCall } from './redis-script.ts';

/** The two commands that shared limits need of Redis. */
export interface RedisScripts {
  /** EVALSHA. Rejects with an error whose message begins with NOSCRIPT where the server does not know the script. */
  evalsha(sha: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** SCRIPT LOAD. */
  load(script: string): Promise<unknown>;
}

/** Calls, or rejects without calling where calls have been failing: a circuit breaker. */
export type CallGuard = <Result>(call: () => Promise<Result>) => Promise<Result>;

export interface SharedLimiterOptions {
  readonly redis: RedisScripts;
  readonly guard: CallGuard;
  readonly clock: Clock;
  /** A request waits for Redis no longer than this. */
  readonly deadlineMs: number;
}

/** `unavailable`: Redis did not say in time; the policy's `onFailure` decides. `reason` is for operators. */
export type SharedDecision =
  { readonly kind: 'decided'; readonly decision: RateDecision } | { readonly kind: 'unavailable'; readonly reason: string };

/** Rate limits that several processes share. */
export interface SharedLimiter {
  /**
   * Counts a request in all windows of all charges, or in none. Resolves within the deadline and never rejects. What was
   * unavailable may have been counted all the same, when only the answer was late.
   */
  admit(charges: readonly RateCharge[]): Promise<SharedDecision>;
}

export function createSharedLimiter({ redis, guard, clock, deadlineMs }: SharedLimiterOptions): SharedLimiter {
  const run = createScriptRunner(redis);
  return {
    async admit(charges) {
      try {
        const { keys, args } = rateLimitCall(charges);
        const reply = await guard(() => withinDeadline(run(keys, args), { clock, deadlineMs }));
        return { kind: 'decided', decision: decisionFrom(parseRateLimitReply(reply, charges)) };
      } catch (error) {
        return { kind: 'unavailable', reason: reasonWords(error) };
      }
    },
  };
}

type ScriptRun = (keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/** Redis forgets its scripts when it restarts: whoever finds that loads it again, once for all calls that wait. */
function createScriptRunner(redis: RedisScripts): ScriptRun {
  let loading: Promise<unknown> | undefined;
  const load = (): Promise<unknown> => {
    loading ??= redis.load(RATE_LIMIT_SCRIPT).finally(() => (loading = undefined));
    return loading;
  };
  return async (keys, args) => {
    try {
      return await redis.evalsha(RATE_LIMIT_SCRIPT_SHA, keys, args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      await load();
      return redis.evalsha(RATE_LIMIT_SCRIPT_SHA, keys, args);
    }
  };
}

interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
}

function withinDeadline<Result>(call: Promise<Result>, { clock, deadlineMs }: Deadline): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(deadlineMs, () => reject(new Error(`no answer within ${deadlineMs} ms`)));
    call.then(resolve, reject).finally(() => timer.cancel());
  });
}
