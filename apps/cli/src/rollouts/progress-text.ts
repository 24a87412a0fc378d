// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { formatShare } from '@weir/rollouts';
import type { Paint } from '../terminal/paint.ts';

type State = NonNullable<RolloutView['state']>;

/** 10,000ths are what shares are counted in. */
const WHOLE = 10_000;

/** Phases in which no rollout is under way. */
export function isResting(state: State | undefined): boolean {
  return state === undefined || state.phase === 'Stable' || state.phase === 'Aborted';
}

/** `3/7`; `-` where no step is being taken. */
export function stepText(state: State | undefined): string {
  return state?.step === undefined ? '-' : `${state.step.index}/${state.step.of}`;
}

/** 0 to 1: what the new revision gets of the requests; undefined = there is none. */
export function candidateShareOf(state: State | undefined): number | undefined {
  return state?.candidate === undefined || state.split === undefined ? undefined : state.split.candidateShare / WHOLE;
}

/** 0 to 1: of how many requests the new revision gets copies. */
export function mirrorShareOf(state: State | undefined): number {
  return (state?.split?.mirrorShare ?? 0) / WHOLE;
}

/** `50 %`; `-` where there is no new revision. */
export function weightText(state: State | undefined): string {
  const share = candidateShareOf(state);
  return share === undefined ? '-' : formatShare(share);
}

/** `shop-v1 → shop-v2`, or the one that there is. */
export function revisionsText(state: State | undefined): string {
  const names = [state?.stable, state?.candidate].filter(name => name !== undefined);
  return names.length === 0 ? '-' : names.join(' → ');
}

/** `41/43`; `-` where nobody has been asked. */
export function proxiesText(state: State | undefined): string {
  return state?.proxies === undefined ? '-' : `${state.proxies.acked}/${state.proxies.of}`;
}

/** In the colour of how urgent it is that somebody reads it. */
export function toned(text: string, state: State | undefined, paint: Paint): string {
  if (state?.phase === 'Aborting' || state?.phase === 'Aborted') return paint.bad(text);
  if (isStalled(state) || state?.paused !== undefined) return paint.warning(text);
  return state?.phase === 'Stable' ? paint.good(text) : text;
}

/** Nothing goes on until somebody acts. */
function isStalled(state: State | undefined): boolean {
  return state?.conditions.some(({ type, status }) => type === 'Stalled' && status === 'True') ?? false;
}

/** For people; never empty. */
export function messageOf(state: State | undefined): string {
  return state?.message ?? 'Nothing has been looked at yet.';
}
