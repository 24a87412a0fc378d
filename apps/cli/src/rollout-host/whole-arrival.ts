// SPDX-License-Identifier: Apache-2.0
import type { SplitArrival } from '@weir/gateway';
import type { ArrivalFact } from '@weir/rollouts';
import type { Programmed } from '@weir/sync/server';

/** How the gateway is called beside the sidecars of its process. */
export const GATEWAY = 'gateway';

/** What sidecars are to have of a Rollout, and who has it. */
export interface MeshSplit {
  readonly step: string;
  readonly programmed: Programmed;
}

/** Who has the split of a Rollout's documents, of the gateway and its sidecars; undefined = nobody can tell yet. */
export function wholeArrival(gateway: SplitArrival | undefined, mesh: MeshSplit | undefined): ArrivalFact | undefined {
  if (gateway === undefined || (mesh !== undefined && mesh.step !== gateway.step)) return undefined;
  const own = ofGateway(gateway);
  if (mesh === undefined) return own;
  const { of, acked, waiting, refusing } = mesh.programmed;
  return {
    ...own,
    ...{ of: own.of + of, acked: own.acked + acked, waiting: [...own.waiting, ...waiting] },
    refusing: [...own.refusing, ...refusing.map(({ proxy, reason }) => ({ proxy, reason }))],
  };
}

/** Where no route leads there it has nothing to do with it, and would never tell what is in flight. */
function ofGateway({ step, isUsed, isTaken, refusal }: SplitArrival): ArrivalFact {
  if (!isUsed) return { step, of: 0, acked: 0, waiting: [], refusing: [], gone: [], unheard: [] };
  const counts = { step, of: 1, gone: [], unheard: [] };
  if (!isTaken) return { ...counts, acked: 0, waiting: [GATEWAY], refusing: [] };
  if (refusal === undefined) return { ...counts, acked: 1, waiting: [], refusing: [] };
  return { ...counts, acked: 0, waiting: [], refusing: [{ proxy: GATEWAY, reason: refusal }] };
}
