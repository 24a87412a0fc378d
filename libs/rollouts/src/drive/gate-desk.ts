// SPDX-License-Identifier: Apache-2.0
import { ChangingNotes, parseDuration, reasonWords } from '@weir/base';
import type { GateAnswers } from '../advance/rollout-facts.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import type { Rollout, RolloutPorts } from './rollout-ports.ts';
import { serverOf } from './server-of.ts';

type Gate = NonNullable<Rollout['spec']['gates']>[number];

/** Who does not agree yet is asked again after so long. */
const AGAIN_MS = 5000;

const ANSWERS: ReadonlyMap<number, 'no' | 'yes'> = new Map<number, 'no' | 'yes'>([
  [200, 'yes'],
  [403, 'no'],
]);

interface Asked {
  readonly id: string;
  readonly answers: Record<string, 'no' | 'yes'>;
  /** By gate: since when, or until when it is left alone. */
  readonly againAtMs: Map<string, number>;
  /** By gate: of why it does not answer. */
  readonly notes: ChangingNotes;
}

/** Asks the gates of Rollouts, each until it has agreed or refused. */
export class GateDesk {
  private readonly asked = new Map<string, Asked>();
  private readonly ports: Pick<RolloutPorts, 'clock' | 'onNote' | 'post'>;

  constructor(ports: Pick<RolloutPorts, 'clock' | 'onNote' | 'post'>) {
    this.ports = ports;
  }

  /** What was answered so far to what a state asks; asks those that have not answered. */
  answersTo(
    key: string,
    { document, state }: { readonly document: Rollout; readonly state: RolloutState },
  ): GateAnswers | undefined {
    const { gates } = state;
    if (gates === undefined) {
      this.asked.delete(key);
      return undefined;
    }
    const known = this.asked.get(key);
    const asked: Asked =
      known?.id === gates.id
        ? known
        : { id: gates.id, answers: {}, againAtMs: new Map(), notes: new ChangingNotes(this.ports.onNote) };
    this.asked.set(key, asked);
    for (const gate of document.spec.gates ?? []) {
      if (gates.waiting.includes(gate.name) && asked.answers[gate.name] === undefined) this.ask(gate, asked, bodyOf(key, state));
    }
    return { id: asked.id, answers: { ...asked.answers } };
  }

  forget(key: string): void {
    this.asked.delete(key);
  }

  private ask({ name, url, timeout }: Gate, asked: Asked, body: unknown): void {
    const { clock, post } = this.ports;
    if (clock.nowMs() < (asked.againAtMs.get(name) ?? 0)) return;
    const timeoutMs = parseDuration(timeout);
    asked.againAtMs.set(name, clock.nowMs() + timeoutMs + AGAIN_MS);
    post(url, body, { contentType: 'application/json', timeoutMs }).then(
      status => {
        asked.notes.clear(name);
        const answer = ANSWERS.get(status);
        if (answer !== undefined) asked.answers[name] = answer;
        asked.againAtMs.set(name, clock.nowMs() + AGAIN_MS);
      },
      (reason: unknown) => {
        asked.notes.tell(name, `gate ${name} does not answer, and is asked again: ${serverOf(url)}: ${reasonWords(reason)}`);
      },
    );
  }
}

function bodyOf(key: string, { phase, stable, candidate, gates, step }: RolloutState): unknown {
  return {
    rollout: key,
    phase,
    stable,
    candidate,
    before: gates?.index === step?.of ? 'Promotion' : `step ${gates?.index ?? 0}`,
  };
}
