// SPDX-License-Identifier: Apache-2.0
import { arrivalStanding } from '../arrival.ts';
import { waits, type Look, type Standing } from '../look.ts';
import { candidateFact, isReady } from '../readiness.ts';

/** Over when the new revision is ready, and every proxy knows its endpoints. */
export function preparingStanding(look: Look): Standing {
  if (isReady(look)) return arrivalStanding(look);
  const { reason } = candidateFact(look);
  const why = reason === undefined ? '' : ` ${reason}`;
  return waits('Readiness', `Waits until the endpoints of the new revision are ready.${why}`);
}
