// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHASES } from './phase.ts';
import type { Phase } from './phase.ts';
import { stateFrom, statusOf } from './rollout-status.ts';
import type { RolloutState } from './rollout-state.ts';
import { CONDITION_TYPES } from './state-condition.ts';

/** Up to the last one that RFC 3339 can say. */
const timeMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) });
const text = fc.string({ maxLength: 20 });
const count = fc.nat();
const flag = fc.boolean();
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const split = fc.record(
  { step: text, stable: text, candidate: text, candidateShare: count, mirrorShare: count, isStableForgotten: flag },
  { requiredKeys: ['step', 'stable', 'candidate', 'candidateShare', 'mirrorShare'] },
);
const verb = fc.constantFrom('abort', 'pause', 'promote', 'resume', 'retry', 'undo');

const states: fc.Arbitrary<RolloutState> = fc.record({
  phase: fc.constantFrom(...(Object.keys(PHASES) as Phase[])),
  waitingFor: fc.constantFrom('Nothing', 'Person', 'Time'),
  message: text,
  stable: maybe(text),
  candidate: maybe(text),
  split: maybe(split),
  step: maybe(
    fc.record({
      ...{ id: text, index: count, of: count, words: text },
      ...{ requestedAtMs: timeMs, arrivedAtMs: maybe(timeMs), isEnded: maybe(flag) },
    }),
  ),
  proxies: maybe(fc.record({ acked: count, of: count, late: fc.array(text, { maxLength: 3 }), more: count })),
  progress: maybe(fc.record({ fromMs: timeMs, haltedAtMs: maybe(timeMs) })),
  paused: maybe(fc.record({ by: text, atMs: timeMs, isWritten: flag })),
  aborted: maybe(fc.record({ revision: text, reason: text, by: text, atMs: timeMs })),
  completed: maybe(fc.record({ revision: text, former: text, atMs: timeMs })),
  gates: maybe(fc.record({ id: text, index: count, waiting: fc.array(text, { maxLength: 3 }) })),
  isFull: maybe(flag),
  openGates: maybe(flag),
  lastRequest: maybe(fc.record({ id: text, verb, by: text, atMs: timeMs, isAccepted: flag, answer: text })),
  conditions: fc.tuple(
    ...CONDITION_TYPES.map(type =>
      fc.record({ type: fc.constant(type), status: fc.constantFrom('True', 'False'), reason: text, sinceMs: timeMs }),
    ),
  ),
  plan: maybe(text),
  sequence: count,
});

/** As an API server hands it over. */
const handedOver = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('a state in its status', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(states, fc.nat(), (state, generation) => {
        expect(handedOver(stateFrom(handedOver(statusOf(state, generation))))).toEqual(handedOver(state));
      }),
    );
  });

  it('has no number that is a time', () => {
    fc.assert(
      fc.property(states, state => {
        expect(JSON.stringify(statusOf(state, 1))).not.toMatch(/Ms":/v);
      }),
    );
  });
});
