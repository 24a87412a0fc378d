// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clearPlaceColumn, createPlaceBuffer } from './place-buffer.ts';
import { PlaceGate } from './place-gate.ts';
import type { PlaceVisit } from './place-gate.ts';
import { compilePlaceLimit } from './place-limit.ts';
import { SharedPlaces } from './shared-places.ts';

const COLUMNS = 2;
/** Longer than a gate takes to look at its queues by itself. */
const POLL_MS = 50;

interface Scene {
  readonly keys?: number;
  readonly maxWaiting?: number;
}

/** Gates of two workers at one table. */
function openGates({ keys = 64, maxWaiting = 1_000 }: Scene = {}) {
  const clock = createManualClock();
  const buffer = createPlaceBuffer({ keys, columnCount: COLUMNS }, createScriptedRandom(0));
  const gates = Array.from({ length: COLUMNS }, (_, column) => {
    const places = new SharedPlaces(buffer, column);
    return { places, gate: new PlaceGate(places, { clock, maxWaiting }) };
  });
  return { clock, buffer, gates, gate: gates[0]!.gate, other: gates[1]!.gate };
}

function limitOf(requests: number, size = 0, timeoutMs = 1_000) {
  return compilePlaceLimit('shop/p#all', { requests, queue: size === 0 ? undefined : { size, timeoutMs } });
}

const statesOf = (...visits: readonly PlaceVisit[]): readonly string[] => visits.map(({ state }) => state);

describe('a gate', () => {
  it('lets in as many as the limit says, over all workers', () => {
    const { gate, other } = openGates();
    const limit = limitOf(2);
    const visits = [gate, other, gate, other].map(each => each.enter(limit, '', Infinity));
    expect(statesOf(...visits)).toEqual(['entered', 'entered', 'full', 'full']);
  });

  it('counts each key apart, and each limit', () => {
    const { gate } = openGates();
    const limit = limitOf(1);
    const another = compilePlaceLimit('shop/p#other', { requests: 1, queue: undefined });
    const visits = [gate.enter(limit, 'a', 0), gate.enter(limit, 'b', 0), gate.enter(another, 'a', 0), gate.enter(limit, 'a', 0)];
    expect(statesOf(...visits)).toEqual(['entered', 'entered', 'entered', 'full']);
  });

  it('gives a place back once, however often it is released', () => {
    const { gate } = openGates();
    const limit = limitOf(1);
    const first = gate.enter(limit, '', 0);
    first.release();
    const second = gate.enter(limit, '', 0);
    first.release();
    expect(statesOf(second, gate.enter(limit, '', 0))).toEqual(['entered', 'full']);
  });

  it('lets those that wait in as they came', async () => {
    const { gate } = openGates();
    const limit = limitOf(1, 2);
    const [first, second, third, fourth] = [1, 2, 3, 4].map(() => gate.enter(limit, '', Infinity));
    expect(statesOf(first!, second!, third!, fourth!)).toEqual(['entered', 'waiting', 'waiting', 'full']);
    first!.release();
    await second!.turn;
    expect(statesOf(second!, third!)).toEqual(['entered', 'waiting']);
  });

  it('lets nobody pass those that wait', () => {
    const { gate, other, clock } = openGates();
    const limit = limitOf(1, 5);
    const first = other.enter(limit, '', Infinity);
    const waiting = gate.enter(limit, '', Infinity);
    clock.advance(1);
    const later = other.enter(limit, '', Infinity);
    first.release();
    // The place is free, and kept for the one that has waited longest, in the other worker.
    expect(statesOf(waiting, later, other.enter(limit, '', 0))).toEqual(['waiting', 'waiting', 'full']);
    clock.advance(POLL_MS);
    expect(statesOf(waiting, later)).toEqual(['entered', 'waiting']);
  });

  it('hears of a place that another worker gives back, without waiting for its own look', async () => {
    const { gate, other } = openGates();
    const limit = limitOf(1, 5);
    const first = other.enter(limit, '', Infinity);
    const waiting = gate.enter(limit, '', Infinity);
    first.release();
    await waiting.turn;
    expect(waiting.state).toBe('entered');
  });

  it('counts those that wait over all workers', () => {
    const { gate, other } = openGates();
    const limit = limitOf(1, 2);
    const visits = [gate, gate, other, other, gate].map(each => each.enter(limit, '', Infinity));
    expect(statesOf(...visits)).toEqual(['entered', 'waiting', 'waiting', 'full', 'full']);
  });

  it.each([
    ['the queue', limitOf(1, 2, 300), Infinity, 300],
    ['the request', limitOf(1, 2, 300), 100, 100],
  ])('turns those away that have waited as long as %s allows', (_, limit, patienceMs, waitsMs) => {
    const { gate, clock } = openGates();
    const first = gate.enter(limit, '', Infinity);
    const second = gate.enter(limit, '', patienceMs);
    clock.advance(waitsMs - 1);
    expect(second.state).toBe('waiting');
    clock.advance(1);
    expect(second.state).toBe('full');
    first.release();
    expect(gate.enter(limit, '', 0).state).toBe('entered');
  });

  it('lets nobody wait whose time is up', () => {
    const { gate } = openGates();
    const limit = limitOf(1, 2);
    expect(statesOf(gate.enter(limit, '', 0), gate.enter(limit, '', 0))).toEqual(['entered', 'full']);
  });

  it('has an end of waiting for all limits together', () => {
    const { gate } = openGates({ maxWaiting: 1 });
    const limit = limitOf(1, 5);
    const visits = ['a', 'a', 'b', 'b'].map(key => gate.enter(limit, key, Infinity));
    expect(statesOf(...visits)).toEqual(['entered', 'waiting', 'entered', 'full']);
  });

  it('gives the place of one that leaves the queue to the next', async () => {
    const { gate, clock } = openGates();
    const limit = limitOf(1, 1);
    const first = gate.enter(limit, '', Infinity);
    const second = gate.enter(limit, '', Infinity);
    second.release();
    await second.turn;
    const third = gate.enter(limit, '', Infinity);
    expect(statesOf(second, third)).toEqual(['left', 'waiting']);
    first.release();
    expect(third.state).toBe('entered');
    third.release();
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it('gets back what a dead worker had, and lets others in for it', () => {
    const { gate, other, buffer, clock } = openGates();
    const limit = limitOf(2, 2);
    other.enter(limit, '', Infinity);
    other.enter(limit, '', Infinity);
    const waitingThere = other.enter(limit, '', Infinity);
    const waiting = gate.enter(limit, '', Infinity);
    clearPlaceColumn(buffer, 1);
    clock.advance(POLL_MS);
    expect(statesOf(waitingThere, waiting)).toEqual(['waiting', 'entered']);
    expect(gate.enter(limit, '', 0).state).toBe('entered');
  });

  it('goes on counting what is in flight when the number of its limit changes', () => {
    const { gate } = openGates();
    gate.enter(limitOf(1), '', 0);
    const visits = [gate.enter(limitOf(3), '', 0), gate.enter(limitOf(3), '', 0), gate.enter(limitOf(3), '', 0)];
    expect(statesOf(...visits)).toEqual(['entered', 'entered', 'full']);
  });

  it('forgets no key in use: beyond the table, keys share the places of one', () => {
    const { gate } = openGates({ keys: 16 });
    const limit = limitOf(1);
    const visits = Array.from({ length: 100 }, (_, i) => gate.enter(limit, `key-${i}`, 0));
    expect(visits.filter(({ state }) => state === 'entered')).toHaveLength(16);
    const again = Array.from({ length: 16 }, (_, i) => gate.enter(limit, `key-${i}`, 0));
    expect(again.every(({ state }) => state === 'full')).toBe(true);
    for (const visit of visits) visit.release();
    expect(statesOf(gate.enter(limit, 'new', 0))).toEqual(['entered']);
  });

  it.each([0, -1, 1.5])('refuses a limit of %s requests', requests => {
    expect(() => compilePlaceLimit('shop/p#all', { requests, queue: undefined })).toThrow(
      `shop/p#all: requests is ${requests}; it must be a whole number above 0`,
    );
  });
});

/** What a gate of one limit and one key does, as plainly as it can be said. */
class PlainGate {
  readonly inside = new Set<number>();
  waiting: number[] = [];
  readonly #requests: number;
  readonly #size: number;

  constructor(requests: number, size: number) {
    this.#requests = requests;
    this.#size = size;
  }

  enter(id: number): void {
    if (this.inside.size < this.#requests && this.waiting.length === 0) this.inside.add(id);
    else if (this.waiting.length < this.#size) this.waiting.push(id);
  }

  release(id: number): void {
    this.inside.delete(id);
    this.waiting = this.waiting.filter(other => other !== id);
    while (this.inside.size < this.#requests && this.waiting.length > 0) this.inside.add(this.waiting.shift()!);
  }
}

describe('gates of two workers', () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('enter' as const), worker: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(40) }) },
  );

  it('do what one plain gate does: as many in flight, the same ones, in the same order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(5), fc.array(step, { maxLength: 60 }), (requests, size, steps) => {
        const { gates, clock } = openGates();
        const plain = new PlainGate(requests, size);
        const limit = limitOf(requests, size, 60_000);
        const visits: PlaceVisit[] = [];
        for (const one of steps) {
          if (one.kind === 'enter') {
            plain.enter(visits.length);
            visits.push(gates[one.worker]!.gate.enter(limit, 'k', Infinity));
          } else if (one.which < visits.length) {
            plain.release(one.which);
            visits[one.which]!.release();
          }
          // Each worker has looked at its queue.
          clock.advance(POLL_MS * COLUMNS);
          const inState = (state: string): readonly number[] => visits.flatMap((visit, id) => (visit.state === state ? id : []));
          expect(inState('entered')).toEqual([...plain.inside].sort((left, right) => left - right));
          expect(inState('waiting')).toEqual(plain.waiting);
        }
        for (const visit of visits) visit.release();
        expect(clock.pendingTimerCount()).toBe(0);
      }),
    );
  });

  it('never have more inside than the limit says at any moment, and lose none', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const moves = fc.array(fc.tuple(fc.nat(1), key, fc.boolean(), fc.nat(80)), { maxLength: 80 });
    fc.assert(
      fc.property(moves, steps => {
        const { gates, clock } = openGates({ keys: 16 });
        const limit = limitOf(2, 3, 60);
        const visits: { readonly key: string; readonly visit: PlaceVisit }[] = [];
        for (const [worker, name, isArrival, number] of steps) {
          if (isArrival) visits.push({ key: name, visit: gates[worker]!.gate.enter(limit, name, Infinity) });
          else visits[number]?.visit.release();
          clock.advance(number % 7);
          for (const each of ['a', 'b', 'c']) {
            const inside = visits.filter(({ key: of, visit }) => of === each && visit.state === 'entered');
            expect(inside.length).toBeLessThanOrEqual(2);
          }
        }
        for (const { visit } of visits) visit.release();
        // All places are there again.
        const after = [0, 1].map(() => gates[0]!.gate.enter(limit, 'a', 0));
        expect(statesOf(...after)).toEqual(['entered', 'entered']);
      }),
    );
  });
});
