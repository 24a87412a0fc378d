// SPDX-License-Identifier: Apache-2.0
import { arrivalOf, hasConnected } from './arrival.ts';
import { isReady } from './readiness.ts';
import type { Look } from './look.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** Notes when `progressDeadline` stops to run, and goes on: the time between does not count. */
export function noteProgress(look: Look): RolloutState {
  const { state, nowMs } = look;
  const { progress } = state;
  if (progress === undefined) return state;
  const { fromMs, haltedAtMs } = progress;
  if (!isRunning(look)) return haltedAtMs === undefined ? { ...state, progress: { fromMs, haltedAtMs: nowMs } } : state;
  return haltedAtMs === undefined ? state : { ...state, progress: { fromMs: fromMs + nowMs - haltedAtMs } };
}

/** Milliseconds that count have come to `progressDeadline`. */
export function isDeadlineOver({ state, facts, nowMs }: Look): boolean {
  const { progress } = state;
  if (progress === undefined || progress.haltedAtMs !== undefined) return false;
  return nowMs - progress.fromMs >= facts.plan.progressDeadlineMs;
}

/** It runs for endpoints that are not ready and for proxies that are there and do not take a step; never for what people decide. */
function isRunning(look: Look): boolean {
  const { state } = look;
  if (state.paused !== undefined) return false;
  if (state.phase === 'Preparing' && !isReady(look)) return true;
  const arrival = arrivalOf(look);
  return state.step?.arrivedAtMs === undefined && arrival !== undefined && hasConnected(arrival);
}
