// SPDX-License-Identifier: Apache-2.0
import { waits, type Look, type Standing, type Turned } from '../look.ts';

/** A revision other than the ones that are known is offered. */
export function isOther({ state, facts: { offered } }: Look): boolean {
  return offered !== undefined && offered !== state.stable && offered !== state.candidate;
}

/**
 * Of a Deployment, another revision is offered than the one whose Pods are held: Kubernetes ends those first, as none of them is ready to it, and
 * leaves the former ones alone.
 */
export function isEndedByOther({ state, facts: { offered, plan } }: Look): boolean {
  return plan.form === 'deployment' && state.openGates !== true && offered !== undefined && offered !== state.candidate;
}

/** The revision that is stable, or would be if a rollout began now. */
export function stableOf({ state, facts }: Look): string | undefined {
  return state.stable ?? facts.firstStable;
}

export function stableStanding(look: Look): Standing {
  const stable = stableOf(look);
  const { offered, offerNote } = look.facts;
  const why = offerNote === undefined ? '' : ` ${offerNote}`;
  if (stable === undefined) return waits('Revision', `Waits to learn which revision serves now.${why}`);
  if (offered === undefined) {
    return waits('Offer', `${stable} has all requests; which revision is new cannot be told.${why}`);
  }
  return waits('Nothing', `${stable} has all requests.`);
}

/**
 * Of a Deployment, what serves when Weir first looks is stable, and stays so whatever its template becomes: only then new Pods are held. Of
 * Services, documents say what is stable until a first rollout begins.
 */
export function noteFirstStable({ state, facts }: Look): Turned {
  const isNew = facts.plan.form === 'deployment' && state.phase === 'Stable' && state.stable === undefined;
  return { state: isNew && facts.firstStable !== undefined ? { ...state, stable: facts.firstStable } : state, news: [] };
}

export function abortedStanding({ state, facts }: Look): Standing {
  const { aborted, stable } = state;
  const wayBack = stable === undefined ? undefined : facts.waysBack?.[stable];
  const goBack = wayBack === undefined ? '' : ` Its Pods go with: ${wayBack}`;
  const words = `${aborted?.revision ?? ''} has no requests, ${stable ?? ''} has all: ${aborted?.reason ?? ''}`;
  return waits('Nothing', `${words} Waits for retry, or for another revision.${goBack}`);
}
