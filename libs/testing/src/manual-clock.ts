// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on and calls each due action at its own moment, in the order due; actions may set further timers. */
  advance(byMs: number): void;
  /** Timers that are neither fired nor cancelled. */
  pendingTimerCount(): number;
}

interface Pending {
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly action: () => void;
}

/** Starts at 0 for `nowMs` and at `wallStartMs` for `wallMs`. */
export function createManualClock(wallStartMs = 0): ManualClock {
  const pending = new Set<Pending>();
  let nowMs = 0;
  const start = (timer: Pending): Timer => {
    pending.add(timer);
    return { cancel: () => void pending.delete(timer) };
  };
  const fire = (timer: Pending): void => {
    nowMs = timer.dueMs;
    if (timer.periodMs === undefined) pending.delete(timer);
    else timer.dueMs += timer.periodMs;
    timer.action();
  };
  return {
    nowMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs,
    after: (delayMs, action) => start({ dueMs: nowMs + delayMs, periodMs: undefined, action }),
    every: (periodMs, action) => start({ dueMs: nowMs + periodMs, periodMs, action }),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let next = firstDue(pending, untilMs); next; next = firstDue(pending, untilMs)) fire(next);
      nowMs = untilMs;
    },
    pendingTimerCount: () => pending.size,
  };
}

/** Of equal times, the one set first: a Set keeps that order. */
function firstDue(pending: ReadonlySet<Pending>, untilMs: number): Pending | undefined {
  let first: Pending | undefined;
  for (const timer of pending) if (timer.dueMs <= untilMs && timer.dueMs < (first?.dueMs ?? Infinity)) first = timer;
  return first;
}
