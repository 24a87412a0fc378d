// SPDX-License-Identifier: Apache-2.0
import type { ConnectionGate } from '@weir/resilience';
import type { ChosenEndpoint } from '../engine/backend-runtime.ts';
import type { CalledBackend, StreamBackend } from '../tcp/stream-leg.ts';
import type { AttemptTally } from './attempt-tally.ts';
import type { SplitRevision } from './split-revision.ts';

/**
 * The revision that a client's whole connection goes to, for all of its attempts. What is counted is whether endpoints were reached:
 * nobody looks at what is said.
 */
export class RevisionStream implements StreamBackend {
  readonly revision: string;
  readonly backend: CalledBackend;
  private readonly runtime: SplitRevision['runtime'];
  private readonly tally: AttemptTally;

  constructor({ name, runtime }: SplitRevision, tally: AttemptTally) {
    this.revision = name;
    this.runtime = runtime;
    this.backend = runtime.backend;
    this.tally = tally;
  }

  get gate(): ConnectionGate | undefined {
    return this.runtime.gate;
  }

  get emptiness(): string {
    return this.runtime.emptiness;
  }

  choose(address: string, excluded?: number): ChosenEndpoint | undefined {
    return this.runtime.choose(address, excluded);
  }

  noteConnect(index: number, isConnected: boolean): void {
    this.runtime.noteConnect(index, isConnected);
  }

  noteAttempt(isConnected: boolean): void {
    const { tally } = this;
    if (isConnected) tally.succeed(tally.ticket);
    else tally.fail(tally.ticket);
  }
}
