// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { quoted } from './quoted-string.ts';
import { compileSlidingWindow } from './sliding-window-scale.ts';
import type { SlidingScale } from './sliding-window-scale.ts';
import { compileTokenBucket } from './token-bucket-scale.ts';
import type { BucketScale } from './token-bucket-scale.ts';

/** At most `burst` units of cost at once, and `quota` per `windowMs` in the long run (GCRA). */
export interface TokenBucketSpec {
  readonly algorithm: 'tokenBucket';
  /** What clients are told: the name in the RateLimit fields. */
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
  readonly burst: number;
}

/** At most `quota` units of cost in whichever `windowMs`. */
export interface SlidingWindowSpec {
  readonly algorithm: 'slidingWindow';
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
}

export type RateWindowSpec = TokenBucketSpec | SlidingWindowSpec;

interface CompiledPart {
  /** The most that one request may cost. */
  readonly capacity: number;
  /** Tells this window's counters from all others'. 64 bits, as two signed words. */
  readonly seedLow: number;
  readonly seedHigh: number;
  /** The same for stores outside of the process: 128 bits, in hexadecimal digits. */
  readonly id: string;
  /** The window's name as a String of RFC 9651, for the RateLimit field. */
  readonly fieldName: string;
}

export interface TokenBucketWindow extends CompiledPart, BucketScale {
  readonly spec: TokenBucketSpec;
}

export interface SlidingWindow extends CompiledPart, SlidingScale {
  readonly spec: SlidingWindowSpec;
}

export type RateWindow = TokenBucketWindow | SlidingWindow;

/** One limit of a policy, compiled. Each of its keys has a counter for each window. */
export interface RateLimit {
  readonly id: string;
  readonly windows: readonly RateWindow[];
}

/** Above it, a unit of cost would be too few quanta of a counter's 32 bits to be counted well. */
export const MAX_QUOTA = 1_000_000;

/**
 * Prepares a limit for counting. `id` names it for as long as it lives, such as "NAMESPACE/POLICY/LIMIT": counters of the same id
 * and the same numbers go on when a configuration changes, and begin anew when a number changes.
 * Throws RangeError where quota or burst is no whole number from 1 to 1,000,000, or a window cannot be counted.
 */
export function compileRateLimit(id: string, specs: readonly RateWindowSpec[]): RateLimit {
  return { id, windows: specs.map(spec => compileWindow(id, spec)) };
}

function compileWindow(limitId: string, spec: RateWindowSpec): RateWindow {
  const where = `${limitId}: window ${spec.name}`;
  const fieldName = quoted(spec.name);
  assertCount(`${where}: quota`, spec.quota);
  if (!(spec.windowMs > 0)) throw new RangeError(`${where}: windowMs is ${spec.windowMs}; it must be above 0`);
  if (spec.algorithm === 'slidingWindow') {
    const identity = identityOf([limitId, spec.algorithm, spec.quota, spec.windowMs]);
    return { spec, ...identity, fieldName, capacity: spec.quota, ...compileSlidingWindow(where, spec) };
  }
  assertCount(`${where}: burst`, spec.burst);
  const identity = identityOf([limitId, spec.algorithm, spec.quota, spec.windowMs, spec.burst]);
  return { spec, ...identity, fieldName, capacity: spec.burst, ...compileTokenBucket(where, spec) };
}

function assertCount(what: string, count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_QUOTA) return;
  throw new RangeError(`${what} is ${count}; it must be a whole number from 1 to ${MAX_QUOTA}`);
}

/** A window whose numbers change is another one: old state in new units would mean something else. */
function identityOf(parts: readonly (string | number)[]): Pick<CompiledPart, 'id' | 'seedLow' | 'seedHigh'> {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return { id: digest.toString('hex', 0, 16), seedLow: digest.readInt32LE(16), seedHigh: digest.readInt32LE(20) };
}
