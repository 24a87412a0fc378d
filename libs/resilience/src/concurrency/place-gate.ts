// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import { compilePlaceLimit } from './place-limit.ts';
import type { PlaceLimit, PlaceLimitSpec } from './place-limit.ts';
import type { SharedPlaces } from './shared-places.ts';

/** `full`: there is no place, and none to wait at, or none came in time. `left`: it has given back what it had. */
export type VisitState = 'entered' | 'full' | 'left' | 'waiting';

/** One request at one limit: it is in, waits, or was refused. */
export interface PlaceVisit {
  readonly state: VisitState;
  /** Of one that waits: resolves when it waits no more. */
  readonly turn: Promise<void> | undefined;
  /** Gives the place back, or stops to wait. Idempotent. */
  release(): void;
}

/** Workers signal each other; this is for those that die and cannot. */
const POLL_MS = 50;

/**
 * Where the requests of one worker enter limits on how many may be in flight, and wait for a place, first come first served. What is in
 * flight and who has waited longest is known over all workers (`SharedPlaces`).
 */
export class PlaceGate {
  readonly #places: SharedPlaces;
  readonly #clock: Clock;
  readonly #queues = new Map<number, Set<Visit>>();
  readonly #maxWaiting: number;
  #waitingCount = 0;
  #poll: Timer | undefined;
  #isListening = false;

  /** `maxWaiting`: of all limits together, in this worker. */
  constructor(places: SharedPlaces, { clock, maxWaiting }: { readonly clock: Clock; readonly maxWaiting: number }) {
    this.#places = places;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
  }

  /** Makes a limit ready. */
  prepare(id: string, spec: PlaceLimitSpec): PlaceLimit {
    return compilePlaceLimit(id, spec);
  }

  /** `patienceMs`: how long it may wait at most, besides what the limit says. */
  enter(limit: PlaceLimit, key: string, patienceMs: number): PlaceVisit {
    const mayWait = patienceMs > 0 && this.#waitingCount < this.#maxWaiting;
    const nowMs = this.#clock.nowMs();
    const entry = this.#places.enter(mayWait ? limit : { ...limit, queueSize: 0 }, key, nowMs);
    const visit = new Visit(this, { entry: this.#places.entry, requests: limit.requests, arrivedMs: nowMs });
    if (entry === 'entered') visit.state = 'entered';
    if (entry === 'queued') this.#enqueue(visit, Math.min(limit.queueTimeoutMs, patienceMs));
    return visit;
  }

  /** A visit's place is free. */
  onLeft({ place: { entry } }: Visit): void {
    if (this.#places.leave(entry)) this.#drain(entry);
  }

  /** A visit waits no more, and got no place. */
  onAbandoned(visit: Visit): void {
    const { entry } = visit.place;
    this.#remove(visit);
    this.#places.abandon(entry, firstOf(this.#queues.get(entry))?.place.arrivedMs);
    this.#drain(entry);
  }

  #enqueue(visit: Visit, timeoutMs: number): void {
    const { entry } = visit.place;
    const queue = this.#queues.get(entry) ?? new Set();
    this.#queues.set(entry, queue.add(visit));
    this.#waitingCount++;
    visit.wait(this.#clock.after(timeoutMs, () => visit.expire()));
    this.#poll ??= this.#clock.every(POLL_MS, () => this.#drainAll());
    void this.#listen();
    // What was given back since it found no place was given to nobody.
    this.#drain(entry);
  }

  #remove(visit: Visit): void {
    const { entry } = visit.place;
    const queue = this.#queues.get(entry);
    queue?.delete(visit);
    if (queue?.size === 0) this.#queues.delete(entry);
    if (--this.#waitingCount > 0) return;
    this.#poll?.cancel();
    this.#poll = undefined;
  }

  #drainAll(): void {
    for (const entry of [...this.#queues.keys()]) this.#drain(entry);
  }

  #drain(entry: number): void {
    for (let head = firstOf(this.#queues.get(entry)); head !== undefined; head = firstOf(this.#queues.get(entry))) {
      const next = secondOf(this.#queues.get(entry));
      if (!this.#places.advance(entry, head.place.requests, next?.place.arrivedMs)) return;
      this.#remove(head);
      head.admit();
    }
  }

  /** Hears other workers as long as somebody waits. */
  async #listen(): Promise<void> {
    if (this.#isListening) return;
    this.#isListening = true;
    while (this.#waitingCount > 0) {
      await this.#places.signalled();
      this.#drainAll();
    }
    this.#isListening = false;
  }
}

interface Place {
  readonly entry: number;
  readonly requests: number;
  readonly arrivedMs: number;
}

class Visit implements PlaceVisit {
  state: VisitState = 'full';
  turn: Promise<void> | undefined;
  readonly place: Place;
  readonly #gate: PlaceGate;
  #timer: Timer | undefined;
  #resolve: (() => void) | undefined;

  constructor(gate: PlaceGate, place: Place) {
    this.#gate = gate;
    this.place = place;
  }

  wait(timer: Timer): void {
    this.state = 'waiting';
    this.#timer = timer;
    this.turn = new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  admit(): void {
    this.#settle('entered');
  }

  expire(): void {
    this.#settle('full');
    this.#gate.onAbandoned(this);
  }

  release(): void {
    const { state } = this;
    if (state === 'entered') {
      this.state = 'left';
      this.#gate.onLeft(this);
    } else if (state === 'waiting') {
      this.#settle('left');
      this.#gate.onAbandoned(this);
    }
  }

  #settle(state: VisitState): void {
    this.state = state;
    this.#timer?.cancel();
    this.#resolve?.();
  }
}

function firstOf(queue: ReadonlySet<Visit> | undefined): Visit | undefined {
  return queue?.values().next().value;
}

function secondOf(queue: ReadonlySet<Visit> | undefined): Visit | undefined {
  const visits = queue?.values();
  visits?.next();
  return visits?.next().value;
}
