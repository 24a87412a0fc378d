// SPDX-License-Identifier: Apache-2.0
import type { SharedRateLimit } from '@weir/policy/snapshot';
import { sharedWords } from '../answer/limit-words.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { fromTo, isSame } from './values.ts';

type OnFailure = SharedRateLimit['onFailure'];

/** What admits least first. */
const STRICTEST: readonly OnFailure[] = ['closed', 'local', 'open'];
const WRITTEN: Readonly<Record<OnFailure, string>> = { closed: 'Closed', local: 'Local', open: 'Open' };

/** Who counts together, and what happens where they cannot. Of credentials it is only said that they differ. */
export function sharedChanges(before: SharedRateLimit | undefined, after: SharedRateLimit | undefined): readonly Change[] {
  if (before === undefined && after === undefined) return [];
  if (after === undefined) return [weakens('each gateway counts for itself')];
  if (before === undefined) return [(after.onFailure === 'open' ? mayWeaken : strengthens)(`counted ${sharedWords(after)}`)];
  return [...onFailureChanges(before.onFailure, after.onFailure), ...storeChanges(before, after)];
}

function onFailureChanges(before: OnFailure, after: OnFailure): readonly Change[] {
  if (before === after) return [];
  const text = fromTo('shared.onFailure', WRITTEN[before], WRITTEN[after]);
  return [(STRICTEST.indexOf(after) > STRICTEST.indexOf(before) ? weakens : strengthens)(text)];
}

function storeChanges({ store: before }: SharedRateLimit, { store: after }: SharedRateLimit): readonly Change[] {
  if (isSame(before, after)) return [];
  if (before.url === after.url) return [neutral('reaches its store with other credentials, authorities or another timeout')];
  return [mayWeaken(`${fromTo('store', before.url, after.url)}, where counts begin anew`)];
}
