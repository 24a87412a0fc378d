// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { BackendMemory, backendMemoryBytes, COLUMN } from '../backend-memory/backend-memory.ts';
import { ConnectionGate } from './connection-gate.ts';
import type { Waiter } from './connection-gate.ts';
import { SharedCount } from './shared-count.ts';

/** The gates of two workers in the same memory, and what they refused. */
function twoGates(limits: { readonly maxConnections: number; readonly maxPendingRequests?: number }) {
  const buffer = new SharedArrayBuffer(backendMemoryBytes(1, 2));
  const refusals: string[] = [];
  const gates = [0, 1].map(workerIndex => {
    const cells = new BackendMemory(buffer, { workerIndex, workerCount: 2 }).at(0);
    return new ConnectionGate({
      name: 'gate',
      connections: new SharedCount(cells, COLUMN.connections),
      waiting: new SharedCount(cells, COLUMN.waiting),
      maxPendingRequests: 10,
      ...limits,
      onRefused: reason => refusals.push(reason),
    });
  });
  return { left: gates[0]!, right: gates[1]!, refusals };
}

/** Opens as many connections as it may. */
function openAll(gate: ConnectionGate): number {
  let count = 0;
  while (gate.hasRoom()) {
    gate.opened();
    count++;
  }
  return count;
}

function waiterOf(mayProceed: () => boolean): Waiter & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    proceed() {
      if (!mayProceed()) return false;
      events.push('proceeds');
      return true;
    },
    sweep: nowMs => void events.push(`swept at ${nowMs}`),
  };
}

describe('a gate for connections', () => {
  it('counts those of all workers, of which each may have one', () => {
    const { left, right } = twoGates({ maxConnections: 3 });
    expect([openAll(left), openAll(right)]).toEqual([3, 1]);
    left.closed();
    left.closed();
    expect(openAll(right)).toBe(1);
  });

  it('closes a connection that nobody uses for one that is needed', () => {
    const { left } = twoGates({ maxConnections: 1 });
    openAll(left);
    let idleCount = 1;
    left.join({
      dropIdle() {
        if (idleCount === 0) return false;
        idleCount--;
        left.closed();
        return true;
      },
    });
    expect([left.hasRoom(), idleCount]).toEqual([true, 0]);
    left.opened();
    expect(left.hasRoom()).toBe(false);
  });

  it('lets so many wait, over all workers, and refuses the others', () => {
    const { left, right, refusals } = twoGates({ maxConnections: 1, maxPendingRequests: 2 });
    const [first, second] = [waiterOf(() => false), waiterOf(() => false)];
    expect([left.wait(first), right.wait(second), left.wait(waiterOf(() => false))]).toEqual([true, true, false]);
    expect(refusals).toEqual(['pending_requests']);
    right.leave(second);
    expect(left.wait(waiterOf(() => false))).toBe(true);
  });

  it('lets them go on in the order in which they came, as connections become free', () => {
    const { left } = twoGates({ maxConnections: 1 });
    openAll(left);
    let freeCount = 1;
    const waiters = [1, 2].map(() => waiterOf(() => freeCount-- > 0));
    for (const waiter of waiters) left.wait(waiter);
    left.wake();
    expect(waiters.map(({ events }) => events)).toEqual([['proceeds'], []]);
    expect(left.hasQueue).toBe(true);
    freeCount = 1;
    left.closed();
    expect(waiters.map(({ events }) => events)).toEqual([['proceeds'], ['proceeds']]);
    expect(left.hasQueue).toBe(false);
  });

  it('asks those who wait now and then whether it has been too long', () => {
    const { left } = twoGates({ maxConnections: 1 });
    const waiter = waiterOf(() => false);
    left.wait(waiter);
    left.sweep(250);
    expect(waiter.events).toEqual(['swept at 250']);
  });

  it('gives a connection that nobody uses here up for those who wait elsewhere', () => {
    const { left, right } = twoGates({ maxConnections: 3 });
    openAll(left);
    left.join({
      dropIdle() {
        left.closed();
        return true;
      },
    });
    left.sweep(250);
    expect(openAll(right)).toBe(1);
    right.wait(waiterOf(() => false));
    for (const nowMs of [500, 750]) left.sweep(nowMs);
    expect(right.hasRoom()).toBe(true);
  });

  it('refuses streams, which do not wait', () => {
    const { left, refusals } = twoGates({ maxConnections: 1 });
    openAll(left);
    expect([left.admits(), refusals]).toEqual([false, ['connections']]);
  });
});
