// SPDX-License-Identifier: Apache-2.0
import type { Clock, Dispatch } from '@weir/base';
import type { Fuse } from '@weir/resilience';
import type { BackendRuntime } from '../engine/backend-runtime.ts';
import type { AttemptTally, TallyPlace } from './attempt-tally.ts';
import type { SplitTallies } from './split-tallies.ts';
import { TalliedCall } from './tallied-call.ts';

export interface SplitRevisionParts {
  readonly runtime: BackendRuntime;
  /** Without the route, which requests have. */
  readonly place: Omit<TallyPlace, 'route'>;
  readonly tallies: SplitTallies;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Undefined = nothing comes of failures. */
  readonly fuse: Fuse | undefined;
}

/** One of the two revisions of a split at work, with a count of what is sent there. */
export class SplitRevision {
  readonly name: string;
  readonly runtime: BackendRuntime;
  private readonly parts: SplitRevisionParts;
  private readonly byRoute = new Map<string, AttemptTally>();

  constructor(parts: SplitRevisionParts) {
    this.parts = parts;
    this.name = parts.place.revision;
    this.runtime = parts.runtime;
  }

  /** Sends one attempt. */
  readonly dispatch: Dispatch = (exchange, handler) => {
    const tally = this.tallyOf(exchange.way?.route ?? '');
    const call = new TalliedCall({ tally, clock: this.parts.clock, exchange, handler });
    return call.follow(this.runtime.dispatch(exchange, call));
  };

  /** `route`: see `routeIdOf`. */
  tallyOf(route: string): AttemptTally {
    return this.byRoute.get(route) ?? this.addTally(route);
  }

  private addTally(route: string): AttemptTally {
    const { tallies, place, fuse } = this.parts;
    const tally = tallies.at({ ...place, route }, fuse);
    this.byRoute.set(route, tally);
    return tally;
  }
}
