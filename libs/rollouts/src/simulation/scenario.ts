// SPDX-License-Identifier: Apache-2.0
import { FAIR, type Behaviour, type Weather } from './behaviour.ts';

/** Traffic of a certain amount to two revisions of a certain behaviour. */
export interface Scenario {
  readonly name: string;
  /** Whether the conditions allow a candidate like this: to fail it is a false abort, to pass another one is a missed regression. */
  readonly isAllowed: boolean;
  /** Its requests do not fail independently of each other, so that the error rates are not promised for it. */
  readonly isBeyondPromise?: boolean;
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly candidateShare: number;
  readonly stable: Behaviour;
  readonly candidate: Behaviour;
  /** Of second 1, 2, …; what is not there is fair. */
  readonly weatherAt?: (second: number) => Weather;
}

const USUAL: Behaviour = { failureRate: 0.001, failuresInRow: 1, medianMs: 50, sigma: 0.5, slowShare: 0, slowFactor: 1 };

interface Traffic {
  readonly requestsPerSecond: number;
  readonly candidateShare: number;
}

const AMOUNTS = [
  { requestsPerSecond: 20, candidateShare: 0.05 },
  { requestsPerSecond: 20, candidateShare: 0.5 },
  { requestsPerSecond: 200, candidateShare: 0.05 },
  { requestsPerSecond: 200, candidateShare: 0.5 },
  { requestsPerSecond: 2000, candidateShare: 0.05 },
  { requestsPerSecond: 2000, candidateShare: 0.5 },
] as const satisfies readonly Traffic[];

const MIDDLE = AMOUNTS.filter(({ requestsPerSecond }) => requestsPerSecond === 200);
const MIDDLE_AND_MUCH = AMOUNTS.filter(({ requestsPerSecond }) => requestsPerSecond >= 200);
const LITTLE: readonly Traffic[] = [
  { requestsPerSecond: 0.5, candidateShare: 0.5 },
  { requestsPerSecond: 2, candidateShare: 0.1 },
];

/** What the decision rule is measured with; errors are points above stable's 0.1 %, and latencies are beside stable's. */
export const SCENARIOS: readonly Scenario[] = [
  ...allowed('identical', {}, AMOUNTS),
  ...allowed('identical, 2 % errors', { stable: { failureRate: 0.02 }, candidate: { failureRate: 0.02 } }, MIDDLE),
  ...allowed('identical, noisy latencies', { stable: { sigma: 1.2 }, candidate: { sigma: 1.2 } }, MIDDLE_AND_MUCH),
  ...allowed('identical, very little traffic', {}, LITTLE),
  ...allowed('both fail 30 % from 10 s to 30 s', {}, MIDDLE).map(scenario => ({ ...scenario, weatherAt: failuresOfBoth })),
  ...allowed('both 3 times slower from 10 s to 40 s', {}, MIDDLE_AND_MUCH).map(scenario => ({
    ...scenario,
    weatherAt: slownessOfBoth,
  })),
  ...allowed('errors +0.3', { candidate: { failureRate: 0.004 } }, MIDDLE_AND_MUCH),
  ...allowed('errors +0.5', { candidate: { failureRate: 0.006 } }, MIDDLE_AND_MUCH),
  ...allowed('p99 1.2 times', { candidate: { medianMs: 60 } }, MIDDLE_AND_MUCH),
  ...regressed('errors +0.6', { candidate: { failureRate: 0.007 } }, MIDDLE_AND_MUCH),
  ...regressed('errors +1', { candidate: { failureRate: 0.011 } }, MIDDLE_AND_MUCH),
  ...regressed('errors +3', { candidate: { failureRate: 0.031 } }, AMOUNTS),
  ...regressed('errors +5', { candidate: { failureRate: 0.051 } }, AMOUNTS),
  ...regressed('fails completely', { candidate: { failureRate: 1 } }, [...AMOUNTS.slice(0, 3), ...LITTLE]),
  ...regressed('1 % takes 10 times as long', { candidate: { slowShare: 0.01, slowFactor: 10 } }, MIDDLE_AND_MUCH),
  ...regressed('2 % takes 10 times as long', { candidate: { slowShare: 0.02, slowFactor: 10 } }, MIDDLE_AND_MUCH),
  ...regressed('p99 twice', { candidate: { medianMs: 100 } }, MIDDLE_AND_MUCH),
  ...regressed('p99 10 times', { candidate: { medianMs: 500 } }, AMOUNTS.slice(0, 3)),
  ...failuresInRow(5),
  ...failuresInRow(20),
];

interface Differences {
  readonly stable?: Partial<Behaviour>;
  readonly candidate?: Partial<Behaviour>;
}

function allowed(name: string, differences: Differences, amounts: readonly Traffic[]): Scenario[] {
  return amounts.map(traffic => ({ name, isAllowed: true, ...traffic, ...behaviours(differences) }));
}

function failuresInRow(count: number): Scenario[] {
  const differences = { stable: { failuresInRow: count }, candidate: { failuresInRow: count } };
  return allowed(`identical, ${count} failures in a row`, differences, MIDDLE_AND_MUCH).map(scenario => ({
    ...scenario,
    isBeyondPromise: true,
  }));
}

function regressed(name: string, differences: Differences, amounts: readonly Traffic[]): Scenario[] {
  return amounts.map(traffic => ({ name, isAllowed: false, ...traffic, ...behaviours(differences) }));
}

function behaviours({ stable, candidate }: Differences): Pick<Scenario, 'candidate' | 'stable'> {
  return { stable: { ...USUAL, ...stable }, candidate: { ...USUAL, ...candidate } };
}

function failuresOfBoth(second: number): Weather {
  return second >= 10 && second < 30 ? { ...FAIR, addedFailureRate: 0.3 } : FAIR;
}

function slownessOfBoth(second: number): Weather {
  return second >= 10 && second < 40 ? { ...FAIR, slowFactor: 3 } : FAIR;
}
