// SPDX-License-Identifier: Apache-2.0
import type { RolloutFacts, RolloutRequest } from '../rollout-facts.ts';
import { advance, type Advance } from '../advance.ts';
import { planOf } from '../../plan/plan-of.ts';
import type { RolloutSpec } from '../../plan/rollout-plan.ts';
import { initialState, type RolloutState } from '../../state/rollout-state.ts';

/** When the worlds of tests begin. */
export const START_MS = 1_700_000_000_000;

const SECOND_MS = 1000;

type Written = Partial<RolloutSpec> & Pick<RolloutSpec, 'strategy'>;

/** A spec of the services form with the defaults of the schema. */
export function specOf(written: Written): RolloutSpec {
  return {
    targetRef: { group: '', kind: 'Service', name: 'shop' },
    revisions: { services: { stable: 'v1', candidate: 'v2' } },
    rollbackWindow: '10m',
    progressDeadline: '10m',
    absentProxies: { wait: '30s', then: 'Wait' },
    ...written,
  };
}

/** What facts say of a split that every proxy has taken. */
export function arrived({ split }: RolloutState): Partial<RolloutFacts> {
  if (split === undefined) return {};
  const { step } = split;
  return {
    arrival: { step, of: 2, acked: 2, waiting: [], refusing: [], gone: [], unheard: [] },
    inFlight: { step, stable: 0, candidate: 0, isKnown: true },
  };
}

/** An analysis of the present step that passes. */
export function passed({ step }: RolloutState): Partial<RolloutFacts> {
  return step === undefined ? {} : { verdict: { step: step.id, outcome: 'pass', words: 'all is well' } };
}

/** Gates that are asked and agree. */
export function agreed({ gates }: RolloutState): Partial<RolloutFacts> {
  if (gates === undefined) return {};
  return { gates: { id: gates.id, answers: Object.fromEntries(gates.waiting.map(name => [name, 'yes' as const])) } };
}

/** A Rollout and the world around it, which tests change by hand. Each look hands the state over as to another leader. */
export class RolloutLab {
  state: RolloutState = initialState();
  /** Facts that hold until they are changed. */
  facts: RolloutFacts;
  #requests = 0;

  constructor(written: Written) {
    this.facts = {
      nowMs: START_MS,
      plan: planOf(specOf(written)),
      offered: 'v2',
      firstStable: 'v1',
      revisions: { v1: { ready: 2, wanted: 2 }, v2: { ready: 2, wanted: 2 }, v3: { ready: 2, wanted: 2 } },
      arrival: undefined,
      inFlight: undefined,
      verdict: undefined,
      blown: undefined,
      gates: undefined,
      request: undefined,
      isDeploymentFinished: false,
    };
  }

  /** Looks `afterS` seconds after it last did; `passing` holds for this look alone. */
  look(afterS: number, passing: Partial<RolloutFacts> = {}): Advance {
    this.facts = { ...this.facts, nowMs: this.facts.nowMs + afterS * SECOND_MS };
    const advanced = advance(handedOver(this.state), { ...this.facts, ...passing });
    this.state = handedOver(advanced.state);
    return advanced;
  }

  ask(verb: RolloutRequest['verb'], isFull?: boolean): RolloutRequest {
    this.#requests++;
    return { id: `r${this.#requests}`, verb, by: 'ada', atMs: this.facts.nowMs, isFull };
  }
}

/** What another leader reads of a state. */
export function handedOver(state: RolloutState): RolloutState {
  return JSON.parse(JSON.stringify(state)) as RolloutState;
}

/** Time since the start, phase, step, split and what is waited for, for one row of a table. */
export function rowOf({ state, facts }: RolloutLab): string {
  const { split, step, phase, waitingFor } = state;
  const time = `${(facts.nowMs - START_MS) / SECOND_MS}s`;
  const at = step === undefined ? '-' : `${step.index}/${step.of}${step.arrivedAtMs === undefined ? '' : ' arrived'}`;
  const inForce = split === undefined ? '-' : splitWords(split);
  return [time, phase, at, state.openGates === true ? `${inForce}, gates open` : inForce, waitingFor].join(' | ');
}

function splitWords(split: NonNullable<RolloutState['split']>): string {
  const { stable, candidate, candidateShare, mirrorShare, matches, isStableForgotten } = split;
  const parts = [`${candidate} ${candidateShare / 100} %`];
  if (mirrorShare > 0) parts.push(`copies ${mirrorShare / 100} %`);
  if (matches !== undefined) parts.push('matches');
  return `${isStableForgotten === true ? `(${stable})` : stable} > ${parts.join(' + ')}`;
}
