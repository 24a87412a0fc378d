// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { waits, type Look, type Standing, type Turned } from './look.ts';
import { newsOf } from './rollout-news.ts';
import type { ArrivalFact } from './rollout-facts.ts';
import { MAX_NAMES, type ProxiesState } from '../state/rollout-state.ts';

/** What has been heard of the split in force; undefined = nothing. */
export function arrivalOf({ state, facts }: Look): ArrivalFact | undefined {
  const { arrival } = facts;
  return arrival !== undefined && arrival.step === state.split?.step ? arrival : undefined;
}

/** Every proxy that is to have it has it. */
export function isEverywhere(arrival: ArrivalFact | undefined): boolean {
  return arrival !== undefined && arrival.acked >= arrival.of && missingOf(arrival).length === 0;
}

export function missingOf({ waiting, refusing, gone, unheard }: ArrivalFact): readonly string[] {
  return [...refusing.map(({ proxy }) => proxy), ...waiting, ...gone, ...unheard];
}

/** Proxies have had `absentProxies.wait` since the step was requested. */
export function isLate({ state, facts, nowMs }: Look): boolean {
  return state.step !== undefined && nowMs - state.step.requestedAtMs >= facts.plan.absentProxies.waitMs;
}

/** Writes down who has the split, and when it has arrived. */
export function noteArrival(look: Look): Turned {
  const { state, facts, nowMs } = look;
  const arrival = arrivalOf(look);
  const { step } = state;
  if (arrival === undefined || step === undefined) return { state, news: [] };
  const proxies = proxiesOf(look, arrival);
  // Once it has arrived, only those that it has arrived without are looked at again.
  const isArrived = step.arrivedAtMs !== undefined;
  if (isArrived && (state.proxies === undefined || state.proxies.late.length === 0)) return { state, news: [] };
  const isCounted = isEverywhere(arrival) || (isLate(look) && facts.plan.absentProxies.then === 'Continue');
  if (isArrived || !isCounted) return { state: isSame(state.proxies, proxies) ? state : { ...state, proxies }, news: [] };
  const without = proxies.late.length === 0 ? '' : `, without ${namesOf(missingOf(arrival))}`;
  const words = `Step ${step.index} of ${step.of} (${step.words}) is with ${arrival.acked} of ${arrival.of} proxies${without}.`;
  return { state: { ...state, proxies, step: { ...step, arrivedAtMs: nowMs } }, news: [newsOf(look, 'StepApplied', { words })] };
}

function isSame(held: ProxiesState | undefined, { acked, of, late, more }: ProxiesState): boolean {
  return held?.acked === acked && held.of === of && held.more === more && held.late.join() === late.join();
}

function proxiesOf(look: Look, arrival: ArrivalFact): ProxiesState {
  const missing = isLate(look) ? missingOf(arrival) : [];
  const late = missing.slice(0, MAX_NAMES);
  return { acked: arrival.acked, of: arrival.of, late, more: missing.length - late.length };
}

/** Over when the present step has arrived. */
export function arrivalStanding(look: Look): Standing {
  if (look.state.step?.arrivedAtMs !== undefined) return 'over';
  return awaited(look, arrivalOf(look));
}

/** Over while every proxy has the split at this moment, whatever was before. */
export function presenceStanding(look: Look): Standing {
  const arrival = arrivalOf(look);
  return isEverywhere(arrival) ? 'over' : awaited(look, arrival);
}

function awaited(look: Look, arrival: ArrivalFact | undefined): Standing {
  const { state, facts } = look;
  if (arrival === undefined) return waits('Proxies', 'Waits to hear which proxies have what is in force.');
  const [refusal] = arrival.refusing;
  const refused = refusal === undefined ? '' : ` ${refusal.proxy} cannot take it: ${refusal.reason}.`;
  if (!isLate(look)) return waits('Proxies', `Waits until every proxy has this.${refused}`);
  const wait = formatDuration(facts.plan.absentProxies.waitMs);
  const late = `${namesOf(missingOf(arrival))} ${missingOf(arrival).length === 1 ? 'has' : 'have'} not taken this within ${wait}`;
  const bound = hasConnected(arrival) && isBounded(state.phase) ? ' progressDeadline runs.' : '';
  return waits('AbsentProxies', `${late}; waits until they have it, or are gone for good.${refused}${bound}`);
}

function isBounded(phase: Look['state']['phase']): boolean {
  return phase === 'Preparing' || phase === 'Progressing' || phase === 'Promoting';
}

/** Proxies are there that could take it and do not: `progressDeadline` is for these, `absentProxies` for the others. */
export function hasConnected(arrival: ArrivalFact): boolean {
  return arrival.waiting.length > 0 || arrival.refusing.length > 0;
}

/** Names for a sentence: three, and how many more. */
export function namesOf(names: readonly string[]): string {
  if (names.length === 0) return 'some proxies';
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.slice(0, 3).join(', ') + more;
}
