// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { stateFrom, statusOf } from './rollout-status.ts';
import { initialState } from './rollout-state.ts';
import type { RolloutState } from './rollout-state.ts';

const STATE: RolloutState = {
  ...initialState(),
  ...{ phase: 'Progressing', waitingFor: 'Time', message: 'Waits for 5m.', stable: 'v1', candidate: 'v2', sequence: 3 },
  split: { step: '3-a', stable: 'v1', candidate: 'v2', candidateShare: 500, mirrorShare: 0 },
  step: { id: '3-a', index: 1, of: 2, words: '5 % of the requests', requestedAtMs: 1 },
  conditions: [
    { type: 'Progressing', status: 'True', reason: 'Progressing', sinceMs: 1000 },
    { type: 'Paused', status: 'False', reason: 'NotPaused', sinceMs: 0 },
  ],
};

describe('a status of a Rollout', () => {
  it('is for people and tools of Kubernetes', () => {
    const written = JSON.parse(JSON.stringify(statusOf(STATE, 7))) as unknown;
    expect(written).toMatchObject({
      ...{ phase: 'Progressing', share: '5 %' },
      step: { id: '3-a', requestedAt: '1970-01-01T00:00:00.001Z' },
      conditions: [
        {
          ...{ type: 'Progressing', status: 'True', reason: 'Progressing', message: 'Waits for 5m.', observedGeneration: 7 },
          lastTransitionTime: '1970-01-01T00:00:01.000Z',
        },
        { type: 'Paused', status: 'False', message: '' },
      ],
    });
  });

  it('holds no state where nobody has written one, whatever others say beside it', () => {
    const lastTransitionTime = '1970-01-01T00:00:01Z';
    const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime } as const;
    expect([stateFrom(undefined), stateFrom({}), stateFrom({ conditions: [accepted] })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const status = statusOf(STATE, 7);
    const beside = stateFrom({ ...status, conditions: [accepted, ...status.conditions] });
    expect(beside?.conditions).toEqual(STATE.conditions);
  });

  it('keeps as much of a text as an API server takes', () => {
    const { message } = statusOf({ ...STATE, message: `${'x'.repeat(32_767)}\u{1F600}` }, 7);
    expect([message.length, message.isWellFormed()]).toEqual([32_768, true]);
  });
});
