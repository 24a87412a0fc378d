// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';
import type { RolloutState } from '@weir/rollouts';
import type { RolloutStore } from '@weir/rollouts/drive';
import { StartError } from '../control-plane-options.ts';
import { JsonRecord } from '../state/json-record.ts';
import { parseJson } from '../state/parse-json.ts';

const FILE = 'rollouts.json';

/** Where files say what is to be, the states of Rollouts are kept beside what else outlives the process. */
export function storedRollouts(secrets: SecretStore): RolloutStore {
  const states = new Map<string, RolloutState>();
  const record = new JsonRecord(secrets, FILE, () => Object.fromEntries(states));
  return {
    load: async () => {
      const text = await secrets.read(FILE);
      for (const [key, state] of Object.entries(statesFrom(text))) states.set(key, state);
      return new Map(states);
    },
    save: (key, state) => {
      if (state === undefined) states.delete(key);
      else states.set(key, state);
      return record.save();
    },
  };
}

/** Only what cannot be read at all is an error: a store that is lost would begin every rollout anew. */
function statesFrom(text: string | undefined): Readonly<Record<string, RolloutState>> {
  if (text === undefined) return {};
  const found = parseJson(text);
  if (typeof found === 'object' && found !== null) return found as Readonly<Record<string, RolloutState>>;
  throw new StartError(`${FILE} in the state directory cannot be read: restore it, or remove it to begin all rollouts anew`);
}
