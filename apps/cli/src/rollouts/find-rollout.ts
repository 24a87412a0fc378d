// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { ApiRefusal } from '../control-plane/api-client.ts';
import type { ControlPlaneApi } from '../control-plane/control-plane-api.ts';
import type { NamedObject } from '../control-plane/parse-object.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** Throws CommandFailure where there is no such Rollout. */
export async function findRollout(api: ControlPlaneApi, named: NamedObject): Promise<RolloutView> {
  const view = await api.findRollout(named);
  if (view === undefined) throw missing(named);
  return view;
}

/** What the control plane answers. Throws CommandFailure with its words where it refuses, or there is no such Rollout. */
export async function askOfRollout(
  api: ControlPlaneApi,
  named: NamedObject,
  { verb, isFull }: { readonly verb: string; readonly isFull: boolean },
): Promise<string> {
  try {
    const question = { method: 'POST', path: `${named.path}/${verb}`, body: { isFull } } as const;
    const { answer } = await api.first.ask<{ readonly answer: string }>(question);
    return answer;
  } catch (reason) {
    throw reason instanceof ApiRefusal && reason.status === 404 ? missing(named) : reason;
  }
}

function missing({ text }: NamedObject): CommandFailure {
  return new CommandFailure(
    EXIT.refused,
    `there is no Rollout ${text} among the documents: weir rollout list shows those that there are`,
  );
}
