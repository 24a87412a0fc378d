// SPDX-License-Identifier: Apache-2.0
import { bucketsOfRatio, MAX_LATENCY_BUCKET, type Random } from '@weir/base';
import type { Counted } from '../analysis/revision-tally.ts';
import { drawLatencies, FAIR, type Behaviour, type Weather } from './behaviour.ts';
import type { Scenario } from './scenario.ts';

/** What proxies tell of one second. */
export interface CountedSecond {
  readonly stable: Counted;
  readonly candidate: Counted;
}

/** Traffic of a scenario, as often as it is asked for; what is costly to draw is drawn once. */
export function prepareTraffic(scenario: Scenario, random: Random): (random: Random) => SimulatedTraffic {
  const latencies = { stable: drawLatencies(scenario.stable, random), candidate: drawLatencies(scenario.candidate, random) };
  return chance => createTraffic(scenario, latencies, chance);
}

/** What happens in second 1, 2, …, each asked for once. */
export type SimulatedTraffic = (second: number) => CountedSecond;

interface DrawnLatencies {
  readonly stable: Int16Array;
  readonly candidate: Int16Array;
}

/** Each request of a second goes to one revision or the other by chance, and ends within it. */
function createTraffic(scenario: Scenario, latencies: DrawnLatencies, random: Random): SimulatedTraffic {
  const { requestsPerSecond, candidateShare, weatherAt } = scenario;
  const stable = new SimulatedRevision(scenario.stable, latencies.stable, random);
  const candidate = new SimulatedRevision(scenario.candidate, latencies.candidate, random);
  return second => {
    const weather = weatherAt?.(second) ?? FAIR;
    stable.meet(weather);
    candidate.meet(weather);
    const requests = Math.floor(requestsPerSecond + random.next());
    for (let i = 0; i < requests; i++) (random.next() < candidateShare ? candidate : stable).answer();
    return { stable: stable.takeCounts(), candidate: candidate.takeCounts() };
  };
}

class SimulatedRevision {
  private readonly behaviour: Behaviour;
  private readonly latencies: Int16Array;
  private readonly random: Random;
  private readonly slowShift: number;
  private readonly counts = new Int32Array(MAX_LATENCY_BUCKET + 1);
  private failureRate = 0;
  private toFail = 0;
  private shift = 0;
  private succeeded = 0;
  private failed = 0;

  constructor(behaviour: Behaviour, latencies: Int16Array, random: Random) {
    this.behaviour = behaviour;
    this.latencies = latencies;
    this.random = random;
    this.slowShift = bucketsOfRatio(behaviour.slowFactor);
  }

  meet({ addedFailureRate, slowFactor }: Weather): void {
    this.failureRate = (this.behaviour.failureRate + addedFailureRate) / this.behaviour.failuresInRow;
    this.shift = bucketsOfRatio(slowFactor);
  }

  answer(): void {
    if (this.toFail === 0 && this.random.next() < this.failureRate) this.toFail = this.behaviour.failuresInRow;
    if (this.toFail > 0) {
      this.toFail--;
      this.failed++;
    } else {
      this.succeeded++;
    }
    let bucket = this.latencies[Math.floor(this.random.next() * this.latencies.length)]! + this.shift;
    if (this.behaviour.slowShare > 0 && this.random.next() < this.behaviour.slowShare) bucket += this.slowShift;
    this.counts[bucket] = this.counts[bucket]! + 1;
  }

  /** What has been counted since the last time. */
  takeCounts(): Counted {
    const { succeeded, failed } = this;
    const latencies: [number, number][] = [];
    for (let i = 0; i <= MAX_LATENCY_BUCKET; i++) {
      if (this.counts[i]! > 0) latencies.push([i, this.counts[i]!]);
    }
    this.succeeded = 0;
    this.failed = 0;
    this.counts.fill(0);
    return { succeeded, failed, statuses: [0, succeeded, 0, 0, failed], latencies };
  }
}
