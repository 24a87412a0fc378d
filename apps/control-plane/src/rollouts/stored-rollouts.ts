// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';
import { readableRolloutStatus } from '@weir/policy/documents';
import { PHASES } from '@weir/rollouts';
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

/** A state that is lost would begin a rollout anew, and one that makes no sense would be given to the compiler: nothing is begun with either. */
function statesFrom(text: string | undefined): Readonly<Record<string, RolloutState>> {
  if (text === undefined) return {};
  const found = parseJson(text);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw unreadable('');
  for (const [key, state] of Object.entries(found)) if (!isState(state)) throw unreadable(`, as what is there of Rollout ${key}`);
  return found as Readonly<Record<string, RolloutState>>;
}

/** As far as something follows from it before anybody looks at the rest. */
function isState(state: unknown): boolean {
  if (typeof state !== 'object' || state === null) return false;
  const { phase, sequence, conditions, split } = state as Partial<Record<keyof RolloutState, unknown>>;
  const isKnown = typeof phase === 'string' && Object.hasOwn(PHASES, phase);
  return isKnown && typeof sequence === 'number' && Array.isArray(conditions) && readableRolloutStatus({ split }) !== undefined;
}

function unreadable(what: string): StartError {
  return new StartError(
    `${FILE} in the state directory cannot be read${what}: restore it, or remove it to begin all rollouts anew`,
  );
}
