// SPDX-License-Identifier: Apache-2.0
import { arrivalStanding } from '../arrival.ts';
import { isEndedByOther } from './resting.ts';
import { waits, type Look, type Standing, type Turned } from '../look.ts';

/** Over when no proxy knows the former revision any more and, of a Deployment, its Pods are gone. */
export function retiringStanding(look: Look): Standing {
  const arrival = arrivalStanding(look);
  if (arrival !== 'over' || look.facts.plan.form === 'services') return arrival;
  const { state, facts } = look;
  // What the Deployment is to come to is another revision by now: for this one it never finishes.
  const isOverrun = facts.offered !== undefined && facts.offered !== state.candidate;
  if (isOverrun || (state.openGates === true && facts.isDeploymentFinished)) return 'over';
  const why = facts.offerNote === undefined ? '' : ` ${facts.offerNote}`;
  return waits('Deployment', `Waits until the Deployment has replaced the Pods of the former revision.${why}`);
}

/** Lets Pods of the new revision count as ready, once no proxy knows those of the former one. */
export function noteOpenGates(look: Look): Turned {
  const { state, facts } = look;
  const isDue =
    state.phase === 'Retiring' && facts.plan.form === 'deployment' && state.openGates !== true && !isEndedByOther(look);
  return { state: isDue && arrivalStanding(look) === 'over' ? { ...state, openGates: true } : state, news: [] };
}
