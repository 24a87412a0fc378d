// SPDX-License-Identifier: Apache-2.0

/** How a breaker is. */
export type BreakerState = 'closed' | 'halfOpen' | 'open';

/**
 * All of a breaker's state in one 32-bit word, so that one compare-and-swap changes it as a whole: state (2 bits), probes that were let
 * through and probes that were good (5 bits each, for MAX_PROBES), and the era (20 bits), which counts the changes of state so that calls know whether
 * they began in this one.
 */
const STATE_MASK = 3;
const PROBE_MASK = 31;
const GRANTED_SHIFT = 2;
const GOOD_SHIFT = 7;
const ERA_SHIFT = 12;
const ERA_MASK = 0xf_ffff;

const STATES: readonly BreakerState[] = ['closed', 'open', 'halfOpen'];

export function stateOf(word: number): BreakerState {
  return STATES[word & STATE_MASK] ?? 'closed';
}

export function grantedOf(word: number): number {
  return (word >>> GRANTED_SHIFT) & PROBE_MASK;
}

export function goodOf(word: number): number {
  return (word >>> GOOD_SHIFT) & PROBE_MASK;
}

export function eraOf(word: number): number {
  return (word >>> ERA_SHIFT) & ERA_MASK;
}

export function closedWord(era: number): number {
  return wordOf(0, era);
}

export function openWord(era: number): number {
  return wordOf(1, era);
}

/** `granted`: probes that were let through and have not given their turn back; `good`: those of them that were answered well. */
export function halfOpenWord(era: number, { granted, good }: { readonly granted: number; readonly good: number }): number {
  return wordOf(2, era) | (granted << GRANTED_SHIFT) | (good << GOOD_SHIFT);
}

/** Signed, as it stands in an Int32Array. */
function wordOf(state: number, era: number): number {
  return ((era & ERA_MASK) << ERA_SHIFT) | state;
}
