// SPDX-License-Identifier: Apache-2.0

/** How often the engine looks at what takes too long, and so how old its coarse time may be. */
export const SWEEP_MS = 250;

/** When a connection that begins now has taken longer than `timeoutMs`. No connection is given up early for a coarse time that is old. */
export function connectDeadline(coarseNowMs: number, timeoutMs: number): number {
  return coarseNowMs + SWEEP_MS + timeoutMs;
}
