// SPDX-License-Identifier: Apache-2.0
import type { Hold } from '@weir/base';
import type { ConcurrencyQueue } from '@weir/policy/snapshot';

/** Lets requests in, or makes them wait; what it is made of is the engine's. */
export interface ConcurrencyGate {
  /** Makes a limit ready. `id`: names what is in flight for as long as that lives. Throws RangeError for numbers that cannot be counted. */
  prepare(id: string, spec: GateSpec): PreparedGate;
  /** `patienceMs`: how long the request may wait at most, besides what the limit says; 0 = not at all. */
  enter(limit: PreparedGate, key: string, patienceMs: number): GateVisit;
}

export interface GateSpec {
  readonly requests: number;
  readonly queue: ConcurrencyQueue | undefined;
}

/** A limit that lets in. */
export interface PreparedGate {
  readonly requests: number;
}

/** One request at one limit. Releasing it gives its place back, or ends its wait. */
export interface GateVisit extends Hold {
  /** `full`: there is no place, and none to wait at, or none came in time. */
  readonly state: 'entered' | 'full' | 'left' | 'waiting';
  /** Of one that waits: resolves when it waits no more. */
  readonly turn: Promise<void> | undefined;
}
