// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';

type State = NonNullable<RolloutView['state']>;

/** Fourteen hours and five minutes into a day. */
export const SAMPLE_MS = Date.UTC(2026, 0, 31, 14, 5, 31);

const NOTHING = { requests: 0, failures: 0, successPercent: undefined, p50Ms: undefined, p99Ms: undefined };

const STATE: State = {
  phase: 'Progressing',
  waitingFor: 'Time',
  message: 'Analysis for 5m: until 2026-01-31T14:08:02Z at the latest.',
  stable: 'checkout-v1',
  candidate: 'checkout-v2',
  split: { step: 's4', stable: 'checkout-v1', candidate: 'checkout-v2', candidateShare: 500, mirrorShare: 0 },
  step: {
    ...{ id: 's5', index: 2, of: 5, words: 'analysis for 5m' },
    ...{ requestedAtMs: SAMPLE_MS - 150_000, arrivedAtMs: SAMPLE_MS - 149_000 },
  },
  proxies: { acked: 43, of: 43, late: [], more: 0 },
  conditions: [
    { type: 'Progressing', status: 'True', reason: 'Progressing', sinceMs: SAMPLE_MS - 300_000 },
    { type: 'Paused', status: 'False', reason: 'NotPaused', sinceMs: SAMPLE_MS - 300_000 },
    { type: 'Stalled', status: 'False', reason: 'Time', sinceMs: SAMPLE_MS - 300_000 },
  ],
  sequence: 5,
};

/** In the midst of an analysis at 5 %. */
export const ANALYSED: RolloutView = {
  ...{ namespace: 'shop', name: 'checkout', service: 'checkout', strategy: 'canary', state: STATE },
  steps: ['5 % of the requests', 'analysis for 5m', '50 % of the requests', 'pause of 10m'],
  seen: {
    edge: {
      stable: { requests: 48_213, failures: 9, successPercent: 99.981, p50Ms: 12.4, p99Ms: 80.2 },
      candidate: { requests: 2534, failures: 1, successPercent: 99.9605, p50Ms: 13.1, p99Ms: 94.7 },
    },
    mesh: {
      stable: { requests: 9120, failures: 0, successPercent: 100, p50Ms: 4.1, p99Ms: 22 },
      candidate: { requests: 471, failures: 0, successPercent: 100, p50Ms: 4.3, p99Ms: 24.5 },
    },
  },
  analysis: [
    {
      outcome: 'pass',
      words: 'success rate 99.97 % (stable 99.98 %) over 3,005 requests: not worse than 0.5 points allowed',
    },
    {
      outcome: 'undecided',
      words:
        "p99 92 ms (stable 76 ms) over 3,004 requests: 1.1 % (stable 0.4 %) slower than 1.3 times stable's p99, 99 ms: not clear yet",
    },
  ],
};

/** A proxy is late with 50 %, and nothing was seen yet. */
export const LATE = viewWith(
  {
    waitingFor: 'AbsentProxies',
    message: 'shop/web/10.0.0.7:8080 has not taken this within 30s; waits until they have it, or are gone for good.',
    split: { ...STATE.split!, candidateShare: 5000 },
    step: { id: 's6', index: 3, of: 5, words: '50 % of the requests', requestedAtMs: SAMPLE_MS - 31_000 },
    proxies: { acked: 41, of: 43, late: ['shop/web/10.0.0.7:8080', 'shop/stock/10.0.0.9:8080'], more: 0 },
    conditions: STATE.conditions.map(one => (one.type === 'Stalled' ? { ...one, status: 'True' } : one)),
  },
  { seen: { edge: { stable: NOTHING, candidate: NOTHING }, mesh: { stable: NOTHING, candidate: NOTHING } }, analysis: [] },
);

export const ABORTED = viewWith({
  phase: 'Aborted',
  waitingFor: 'Nothing',
  message: 'checkout-v2 has no requests, checkout-v1 has all: errors. Waits for retry, or for another revision.',
  split: { ...STATE.split!, candidateShare: 0 },
  step: { ...STATE.step!, index: 0 },
  aborted: { revision: 'checkout-v2', reason: 'the success rate is too low.', by: 'weir', atMs: SAMPLE_MS },
  lastRequest: {
    ...{ id: 'r1', verb: 'resume', by: 'operator', atMs: SAMPLE_MS, isAccepted: false },
    answer: 'The rollout is aborted. Retry it, or offer another revision.',
  },
});

export const STABLE = viewWith(
  {
    phase: 'Stable',
    waitingFor: 'Nothing',
    message: 'checkout-v2 has all requests.',
    stable: 'checkout-v2',
    ...{ candidate: undefined, step: undefined, proxies: undefined },
    completed: { revision: 'checkout-v2', former: 'checkout-v1', atMs: SAMPLE_MS },
    sequence: 9,
  },
  { analysis: [] },
);

/** The first one with another state. */
export function viewWith(state: Partial<State>, view: Partial<RolloutView> = {}): RolloutView {
  return { ...ANALYSED, ...view, state: { ...STATE, ...state } };
}
