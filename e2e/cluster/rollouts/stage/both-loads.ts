// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { ClusterLoad, ClusterLoadReport } from '../../stage/cluster-load.ts';

/** What came of requests at a side since it was looked last. */
export interface SideSample {
  readonly total: number;
  readonly failures: readonly string[];
  readonly failed: number;
  readonly revisions: Readonly<Record<string, number>>;
}

export interface BothSamples {
  readonly edge: SideSample;
  readonly mesh: SideSample;
}

/** Steady requests from outside and from inside of the mesh, until they are disposed of. */
export class BothLoads implements AsyncDisposable {
  private readonly edge: ClusterLoad;
  private readonly mesh: ClusterLoad;
  private edgeBefore: ClusterLoadReport;
  private meshBefore: ClusterLoadReport;

  constructor({ edge, mesh }: { readonly edge: ClusterLoad; readonly mesh: ClusterLoad }) {
    this.edge = edge;
    this.mesh = mesh;
    this.edgeBefore = edge.report;
    this.meshBefore = mesh.report;
  }

  /** What came since the last call. */
  take(): BothSamples {
    const [edge, mesh] = [this.edge.report, this.mesh.report];
    const samples = { edge: difference(edge, this.edgeBefore), mesh: difference(mesh, this.meshBefore) };
    this.edgeBefore = edge;
    this.meshBefore = mesh;
    return samples;
  }

  /** What comes of at least so many more at each side. */
  async more(count: number): Promise<BothSamples> {
    this.take();
    await Promise.all([this.edge.goesOnFor(count), this.mesh.goesOnFor(count)]);
    return this.take();
  }

  /** Waits until nobody but a revision answers at either side: what was under way at another one may end there. */
  async settlesAt(revision: string): Promise<void> {
    let last: readonly (readonly string[])[] = [];
    const isSettled = async (): Promise<boolean> => {
      const { edge, mesh } = await this.more(100);
      last = [edge, mesh].map(({ revisions }) => Object.keys(revisions));
      return last.every(([only, ...others]) => only === revision && others.length === 0);
    };
    await waitFor(isSettled, { what: () => `${revision} alone to answer; the last: ${JSON.stringify(last)}`, timeoutMs: 5_000 });
  }

  /** What came of all, from the beginning. */
  get whole(): { readonly edge: ClusterLoadReport; readonly mesh: ClusterLoadReport } {
    return { edge: this.edge.report, mesh: this.mesh.report };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.edge[Symbol.asyncDispose](), this.mesh[Symbol.asyncDispose]()]);
  }
}

export function failuresOf({ edge, mesh }: BothSamples): readonly string[] {
  return [...edge.failures, ...mesh.failures];
}

/** Of the answers at a side, those of a revision, in percent. */
export function percentOf({ revisions, total }: SideSample, revision: string): number {
  return (100 * (revisions[revision] ?? 0)) / total;
}

function difference(now: ClusterLoadReport, before: ClusterLoadReport): SideSample {
  const revisions = Object.entries(now.revisions).flatMap(([name, count]) => {
    const more = count - (before.revisions[name] ?? 0);
    return more === 0 ? [] : [[name, more] as const];
  });
  return {
    total: now.requests - before.requests,
    failed: now.failed - before.failed,
    failures: now.examples.slice(before.examples.length),
    revisions: Object.fromEntries(revisions),
  };
}
