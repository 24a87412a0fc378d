// SPDX-License-Identifier: Apache-2.0
import { presentTraffic, trafficOf } from './next-step.ts';
import { lastIndex, waits, type Look, type Standing } from './look.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** Asks the gates in front of a step, and takes note of those that have agreed: they are not asked again, whoever leads. */
export function noteGates(look: Look, index: number): RolloutState {
  const { state, facts } = look;
  const { gates, step } = state;
  const names = gatesBefore(look, index);
  if (gates?.index !== index) {
    return names.length === 0 || step === undefined
      ? state
      : { ...state, gates: { id: `${step.id}/${index}`, index, waiting: names } };
  }
  const answers = facts.gates?.id === gates.id ? facts.gates.answers : {};
  const waiting = gates.waiting.filter(name => names.includes(name) && answers[name] !== 'yes');
  return waiting.length === gates.waiting.length ? state : { ...state, gates: { ...gates, waiting } };
}

/** Over when all gates in front of a step have agreed. */
export function gatesStanding(look: Look, index: number): Standing {
  const names = gatesBefore(look, index);
  const { gates } = look.state;
  const waiting = gates?.index === index ? gates.waiting : names;
  if (waiting.length === 0) return 'over';
  return waits('Gate', `Waits for ${waiting.length === 1 ? 'gate' : 'gates'} ${waiting.join(', ')} to agree.`);
}

/** Name of a gate that was asked and has said no. */
export function refusingGate({ state, facts }: Look): string | undefined {
  const { gates } = state;
  if (gates === undefined || facts.gates?.id !== gates.id) return undefined;
  const { answers } = facts.gates;
  return gates.waiting.find(name => answers[name] === 'no');
}

/** Gates before steps are in front of those that change what the new revision gets. */
function gatesBefore(look: Look, index: number): readonly string[] {
  const { state, facts } = look;
  const isLast = index === lastIndex(look);
  const isChange = !isLast && JSON.stringify(trafficOf(look, index)) !== JSON.stringify(presentTraffic(state));
  const asked = { Start: state.phase === 'Preparing', Step: isChange, Promotion: isLast };
  return facts.plan.gates.filter(({ before }) => asked[before]).map(({ name }) => name);
}
