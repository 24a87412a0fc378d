// SPDX-License-Identifier: Apache-2.0
import { presenceStanding } from '../arrival.ts';
import { waits, type Look, type Standing } from '../look.ts';
import { candidateFact } from '../readiness.ts';
import { momentOf } from '../time-words.ts';

/** Over when the window is in which the way back is short. */
export function keepingStanding({ state, facts, nowMs }: Look): Standing {
  const endMs = (state.step?.arrivedAtMs ?? nowMs) + facts.plan.rollbackWindowMs;
  if (state.step?.isEnded === true || nowMs >= endMs) return 'over';
  return waits('Time', `All requests go to the new revision; ${state.stable ?? ''} is kept until ${momentOf(endMs)}.`);
}

/** Over when no proxy sends requests to the former revision any more, none that it has is left, and the new one is there. */
export function drainingStanding(look: Look): Standing {
  const { state, facts } = look;
  if (state.step?.isEnded === true) return 'over';
  if (candidateFact(look).ready === 0) {
    return waits('Capacity', 'The former revision is kept, as no endpoint of the new one is ready.');
  }
  const presence = presenceStanding(look);
  if (presence !== 'over') return presence;
  const { inFlight } = facts;
  const isTold = inFlight !== undefined && inFlight.isKnown && inFlight.step === state.split?.step;
  if (!isTold) return waits('InFlight', 'Waits to hear from every proxy whether requests to the former revision are left.');
  if (inFlight.stable === 0) return 'over';
  return waits('InFlight', 'Waits until requests to the former revision have ended; promote to all requests cuts them off.');
}
