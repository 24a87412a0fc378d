// SPDX-License-Identifier: Apache-2.0
import { isSampled } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

/** Which traces are recorded; plain data, as it crosses into workers. */
export interface SamplerSettings {
  /** Whether requests that come with a trace are recorded exactly where their caller is. */
  readonly isParentBased: boolean;
  /** Share of all others, 0 to 1. */
  readonly ratio: number;
}

/** Digits of an id that are looked at: the last 13 are 52 bits, which a number holds exactly. */
const RANDOM_DIGITS = 13;
const RANDOM_RANGE = 2 ** (RANDOM_DIGITS * 4);

/**
 * Whether a trace is recorded. By its id alone where no caller decides, so that all proxies with one ratio decide alike; of its
 * last bytes, which are the random ones (W3C Trace Context level 2, §3.2.2.3).
 */
export function isTraceSampled(
  { isParentBased, ratio }: SamplerSettings,
  traceId: string,
  parent: TraceContext | undefined,
): boolean {
  if (isParentBased && parent !== undefined) return isSampled(parent.flags);
  return parseInt(traceId.slice(-RANDOM_DIGITS), 16) / RANDOM_RANGE >= 1 - ratio;
}
