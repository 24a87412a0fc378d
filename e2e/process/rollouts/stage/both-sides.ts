// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { SteadyLoad } from './steady-load.ts';
import type { LoadShape, Tally } from './steady-load.ts';

/** Where a stage takes requests from outside, and from a workload of the mesh. */
export interface SidePorts {
  readonly edge: number;
  readonly mesh: number;
}

export type SideTallies = Readonly<Record<keyof SidePorts, Tally>>;

/** Steady requests from outside and from inside, until they are disposed of. */
export class BothSides implements AsyncDisposable {
  readonly edge: SteadyLoad;
  readonly mesh: SteadyLoad;

  constructor({ edge, mesh }: SidePorts, shape: LoadShape = {}) {
    this.edge = new SteadyLoad(edge, shape);
    this.mesh = new SteadyLoad(mesh, shape);
  }

  /** What came of all since the last call. */
  take(): SideTallies {
    return { edge: this.edge.take(), mesh: this.mesh.take() };
  }

  /** What comes of at least so many more at each side; what was before is dropped. */
  async sample(count: number): Promise<SideTallies> {
    this.take();
    return this.more(count);
  }

  /** What came since the last call, once that is at least so many at each side. */
  async more(count: number): Promise<SideTallies> {
    const isEnough = (): boolean => Math.min(this.edge.seen, this.mesh.seen) >= count;
    await waitFor(isEnough, {
      what: () => `${count} answers; there are ${this.edge.seen} and ${this.mesh.seen}`,
      timeoutMs: 60_000,
    });
    return this.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.edge[Symbol.asyncDispose](), this.mesh[Symbol.asyncDispose]()]);
  }
}

export function failuresOf({ edge, mesh }: SideTallies): readonly string[] {
  return [...edge.failures, ...mesh.failures];
}

/** Of the answers at a side, those of a revision, in percent. */
export function percentOf({ answered, total }: Tally, revision: string): number {
  return (100 * (answered[revision] ?? 0)) / total;
}
