// SPDX-License-Identifier: Apache-2.0
import { noteArrival } from './arrival.ts';
import { noteGates } from './gates.ts';
import type { Look, Turned } from './look.ts';
import { nextIndex } from './next-step.ts';
import { noteWrittenPause } from './pause.ts';
import { noteFirstStable } from './phases/resting.ts';
import { noteOpenGates } from './phases/retiring.ts';
import { noteProgress } from './progress-clock.ts';
import { isBeforeStep, isHeld, phaseStanding } from './turns/onward-turns.ts';

/** Each takes note of facts that stay true, within a phase. Later ones see what earlier ones have noted. */
const NOTES: readonly ((look: Look) => Turned)[] = [
  noteFirstStable,
  noteWrittenPause,
  noteArrival,
  look => ({ state: noteProgress(look), news: [] }),
  look => ({ state: isAskedFor(look) ? noteGates(look, nextIndex(look)) : look.state, news: [] }),
  noteOpenGates,
];

/** Writes down what the facts say of the present phase. */
export function note(look: Look): Turned {
  let turned: Turned = { state: look.state, news: [] };
  for (const take of NOTES) {
    const { state, news } = take({ ...look, state: turned.state });
    turned = { state, news: [...turned.news, ...news] };
  }
  return turned;
}

/** Gates are asked when nothing else is in the way. */
function isAskedFor(look: Look): boolean {
  return isBeforeStep(look) && !isHeld(look) && phaseStanding(look) === 'over';
}
