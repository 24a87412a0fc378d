// SPDX-License-Identifier: Apache-2.0
import type { ArrivalFact } from '@weir/rollouts';
import type { ProgrammedSplit } from '../objects/object-book.ts';

/** Who has the split of a Rollout's documents. Proxies that are gone for good are in no count. */
export function arrivalFrom(found: ProgrammedSplit | undefined): ArrivalFact | undefined {
  if (found === undefined) return undefined;
  const { step, programmed } = found;
  const { of, acked, waiting, refusing, unheard } = programmed;
  return {
    ...{ step, of, acked, waiting, gone: [], unheard },
    refusing: refusing.map(({ proxy, reason }) => ({ proxy, reason })),
  };
}
