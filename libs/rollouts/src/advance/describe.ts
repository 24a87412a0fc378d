// SPDX-License-Identifier: Apache-2.0
import { waits, type Look, type Standing } from './look.ts';
import { abortedStanding, stableStanding } from './phases/resting.ts';
import { momentOf } from './time-words.ts';
import { heldReason } from './turns/abort-turns.ts';
import { isHeld, leaveStanding } from './turns/onward-turns.ts';

/** What a state waits for when no turn is due. */
export function describe(look: Look): Exclude<Standing, 'over'> {
  const standing = standingOf(look);
  return standing === 'over' ? { waitingFor: 'Nothing', words: 'Goes on at the next look.' } : standing;
}

function standingOf(look: Look): Standing {
  const { state } = look;
  if (state.phase === 'Stable') return stableStanding(look);
  if (state.phase === 'Aborted') return abortedStanding(look);
  const held = heldReason(look);
  if (held !== undefined) {
    const stable = state.stable ?? 'stable';
    return waits(
      'StableEndpoints',
      `${held} Nothing is taken from the new revision, as ${stable} has no endpoint that is ready; abort does it anyhow.`,
    );
  }
  if (!isHeld(look)) return leaveStanding(look);
  const { by = '', atMs = 0 } = state.paused ?? {};
  return waits('Pause', `Paused by ${by} since ${momentOf(atMs)}: what is in force holds.`);
}
