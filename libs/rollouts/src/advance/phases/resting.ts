// SPDX-License-Identifier: Apache-2.0
import { waits, type Look, type Standing } from '../look.ts';

/** A revision other than the ones that are known is offered. */
export function isOther({ state, facts: { offered } }: Look): boolean {
  return offered !== undefined && offered !== state.stable && offered !== state.candidate;
}

/** The revision that is stable, or would be if a rollout began now. */
export function stableOf({ state, facts }: Look): string | undefined {
  return state.stable ?? facts.firstStable;
}

export function stableStanding(look: Look): Standing {
  const stable = stableOf(look);
  if (stable === undefined) return waits('Revision', 'Waits to learn which revision serves now.');
  if (look.facts.offered === undefined) {
    return waits('Offer', `${stable} has all requests; which revision is new cannot be told.`);
  }
  return waits('Nothing', `${stable} has all requests.`);
}

export function abortedStanding({ state }: Look): Standing {
  const { aborted, stable } = state;
  const words = `${aborted?.revision ?? ''} has no requests, ${stable ?? ''} has all: ${aborted?.reason ?? ''}`;
  return waits('Nothing', `${words} Waits for retry, or for another revision.`);
}
