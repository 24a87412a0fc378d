// SPDX-License-Identifier: Apache-2.0
import { hasTraffic, type Look } from './look.ts';
import type { RevisionReadiness } from './rollout-facts.ts';

const NOBODY: RevisionReadiness = { ready: 0, wanted: 1 };

export function candidateFact({ state, facts }: Look): RevisionReadiness {
  return (state.candidate === undefined ? undefined : facts.revisions[state.candidate]) ?? NOBODY;
}

/** All endpoints of the new revision that are wanted are ready, and at least one is. */
export function isReady(look: Look): boolean {
  const { ready, wanted } = candidateFact(look);
  return ready >= Math.max(1, wanted);
}

/**
 * Whether going back would help: not where stable is known to have no endpoint that is ready, while the new revision has. Then a fault of
 * the new revision would become one of everything.
 */
export function canGoBack(look: Look): boolean {
  const { stable } = look.state;
  const stableFact = stable === undefined ? undefined : look.facts.revisions[stable];
  return stableFact?.ready !== 0 || candidateFact(look).ready === 0;
}

/** Whether requests can be taken away from the new revision without leaving them to nobody. */
export function mayTakeAway(look: Look): boolean {
  return canGoBack(look) || !hasTraffic(look.state);
}
