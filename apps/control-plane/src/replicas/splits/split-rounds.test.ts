// SPDX-License-Identifier: Apache-2.0
import type { RevisionCounts, SplitReport } from '@weir/policy/snapshot';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ReplicaCircle } from '../replica-circle.ts';
import type { ReplicaLink } from '../replica-link.ts';
import type { ReplicaPlace } from '../replica-place.ts';
import { ANSWER_ROWS, SplitLog } from './split-log.ts';
import { SplitRounds } from './split-rounds.ts';

const FIRST = { name: 'weir-1', address: '10.0.0.1' };
const SECOND = { name: 'weir-2', address: '10.0.0.2' };

let clock: ManualClock;
let places: ReplicaPlace[];
/** What other replicas keep, by name; absent = it knows no such question. */
let logs: Map<string, SplitLog>;
/** What is done with an answer on its way. */
let onWay: (name: string) => Promise<unknown>;
let connectedHere: Set<string>;
let isNeeded: boolean;
let calls: string[];
let counted: number;
/** By proxy, what is in flight as it was told last. */
let inFlight: Map<string, number>;
let circle: ReplicaCircle;
let rounds: SplitRounds;
let notes: string[];

beforeEach(() => {
  clock = createManualClock();
  [places, logs, connectedHere, calls, counted, inFlight] = [[FIRST], new Map(), new Set(), [], 0, new Map()];
  [isNeeded, notes, onWay] = [true, [], () => Promise.resolve()];
  logs.set('weir-1', logOf('a'));
  const count = (counts: readonly RevisionCounts[]): void =>
    void (counted += counts.reduce((sum, one) => sum + one.succeeded, 0));
  circle = new ReplicaCircle({ clock, find: () => places, connect: linkTo, onNote: () => undefined });
  rounds = new SplitRounds({
    ...{ clock, circle, isNeeded: () => isNeeded, isConnectedHere: proxy => connectedHere.has(proxy) },
    desk: () => ({
      report: (proxy, { counts, states }) => {
        count(counts);
        inFlight.set(proxy, states[0]?.stableInFlight ?? 0);
      },
      count: (_, counts) => count(counts),
    }),
    onNote: text => void notes.push(text),
  });
});

function logOf(instance: string): SplitLog {
  return new SplitLog({ clock, instance, isConnected: proxy => !proxy.includes('gone') });
}

function linkTo({ name }: ReplicaPlace): ReplicaLink {
  const nobody = (): Promise<never> => Promise.reject(new Error('nobody asks'));
  return {
    ...{ acks: nobody, trust: nobody, rollouts: nobody, requestRollout: nobody, close: () => undefined },
    splits: async question => {
      calls.push(`${name} ${question.instance}${question.position}`);
      const told = logs.get(name)?.since(question);
      await onWay(name);
      return told;
    },
  };
}

function reportOf(succeeded: number, stableInFlight = 0, rows = 1): SplitReport {
  const place = { rollout: 'shop/cart', step: '1-a', backend: 'shop/cart:80' };
  const counts = { ...place, route: '', revision: 'v2', succeeded, failed: 0, statuses: [0, 0, 0, 0, 0], latencies: [] };
  const state = { ...place, stableInFlight, candidateInFlight: 0, blown: undefined };
  return { counts: Array.from({ length: rows }, () => counts), states: [state] };
}

function tell(proxy: string, report: SplitReport, name = 'weir-1'): void {
  logs.get(name)?.note(proxy, report);
}

async function round(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    clock.advance(500);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  }
}

describe('what proxies of other replicas see of splits', () => {
  it('is taken once, every half second, from where it was read to', async () => {
    tell('mesh/a', reportOf(3, 2));
    await round();
    tell('mesh/a', reportOf(4, 1));
    await round(2);
    expect(calls).toEqual(['weir-1 0', 'weir-1 a1', 'weir-1 a2']);
    expect([counted, inFlight.get('mesh/a')]).toEqual([7, 1]);
    expect([rounds.isConnected('mesh/a'), rounds.isConnected('mesh/b'), rounds.isWhole]).toEqual([true, false, true]);
  });

  it('is taken once also where an answer is lost on the way', async () => {
    tell('mesh/a', reportOf(3));
    onWay = () => Promise.reject(new Error('cut'));
    await round();
    expect([counted, rounds.isWhole]).toEqual([0, false]);
    onWay = () => Promise.resolve();
    await round(2);
    expect([counted, rounds.isWhole]).toEqual([3, true]);
  });

  it('is taken from the beginning of a process that has begun anew, and of no other one', async () => {
    tell('mesh/a', reportOf(3));
    await round();
    places = [];
    await round();
    places = [FIRST];
    await round();
    expect(counted).toBe(3);
    logs.set('weir-1', logOf('b'));
    tell('mesh/a', reportOf(5));
    await round(2);
    expect(counted).toBe(8);
    expect(calls.slice(-2)).toEqual(['weir-1 a1', 'weir-1 b1']);
  });

  it('comes in as many answers as it takes', async () => {
    for (let i = 0; i < 12; i++) tell('mesh/a', reportOf(1, 0, ANSWER_ROWS - 2));
    await round();
    expect([calls.length, rounds.isWhole]).toEqual([5, true]);
  });

  it('is asked for by nobody who does not drive Rollouts, and not once it has stopped', async () => {
    isNeeded = false;
    tell('mesh/a', reportOf(3));
    await round(3);
    isNeeded = true;
    onWay = () => {
      isNeeded = false;
      return Promise.resolve();
    };
    await round();
    expect([calls, counted]).toEqual([['weir-1 0'], 0]);
    isNeeded = true;
    rounds.stop();
    await round();
    expect(calls).toHaveLength(1);
  });

  it('stands as told by who has the proxy now; what was counted counts', async () => {
    tell('mesh/a', reportOf(1, 5));
    tell('mesh/gone', reportOf(2, 5));
    connectedHere.add('mesh/a');
    await round();
    expect([counted, inFlight.size]).toEqual([3, 0]);
  });
});

describe('a replica that is silent', () => {
  it('leaves nobody knowing how its proxies stand, and holds up no other one', async () => {
    places = [FIRST, SECOND];
    logs.set('weir-2', logOf('c'));
    tell('mesh/b', reportOf(1), 'weir-2');
    await round();
    expect(rounds.isWhole).toBe(true);
    onWay = name => (name === 'weir-2' ? Promise.withResolvers<undefined>().promise : Promise.resolve());
    for (let i = 0; i < 8; i++) {
      tell('mesh/a', reportOf(1));
      await round();
    }
    expect([counted, rounds.isWhole, rounds.isConnected('mesh/a')]).toEqual([9, false, true]);
    expect(rounds.isConnected('mesh/b')).toBe(false);
    expect(calls.filter(call => call.startsWith('weir-2')).length).toBeLessThan(4);
  });

  it('is one that knows no such question, or is gone and its proxies on their way', async () => {
    logs.clear();
    await round(2);
    expect(rounds.isWhole).toBe(false);
    places = [];
    await round();
    expect(rounds.isWhole).toBe(false);
    await round(40);
    expect([rounds.isWhole, notes]).toEqual([true, []]);
  });
});
