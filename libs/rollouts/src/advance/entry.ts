// SPDX-License-Identifier: Apache-2.0
import { gatesStanding } from './gates.ts';
import { waits, type Look, type Standing } from './look.ts';
import { nextIndex, presentTraffic, trafficOf } from './next-step.ts';
import { candidateFact } from './readiness.ts';

const PER_PERCENT = 100;

/** Over when the step after the present one may begin: its gates have agreed, and the new revision can carry it. */
export function entryStanding(look: Look): Standing {
  const index = nextIndex(look);
  const gates = gatesStanding(look, index);
  return gates === 'over' ? capacityStanding(look, index) : gates;
}

/** What takes requests away from the new revision needs nothing of it. */
function capacityStanding(look: Look, index: number): Standing {
  const next = trafficOf(look, index);
  const present = presentTraffic(look.state);
  const isMore = next.candidateShare > present.candidateShare;
  const isOther = next.mirrorShare > present.mirrorShare || (next.matches !== undefined && next.matches !== present.matches);
  if (!isMore && !isOther) return 'over';
  const { ready, maxShare, reason } = candidateFact(look);
  if (ready === 0) return waits('Capacity', 'The next step waits, as no endpoint of the new revision is ready.');
  if (!isMore || maxShare === undefined || next.candidateShare <= maxShare) return 'over';
  const wanted = `${next.candidateShare / PER_PERCENT} % of the requests wait, as the new revision can carry ${maxShare / PER_PERCENT} %`;
  return waits('Capacity', reason === undefined ? `${wanted}.` : `${wanted}: ${reason}`);
}
