// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, Transaction } from '@weir/policy/snapshot';
import type { AckBook } from '@weir/sync/server';
import type { MeshSplit } from '../rollout-host/whole-arrival.ts';

interface Divided {
  readonly rollout: string;
  readonly step: string;
}

/** What divides calls among the resources that sidecars are given, and who has it. */
export class MeshSplits {
  private readonly acks: Pick<AckBook, 'programmed'>;
  private readonly divided = new Map<ResourceName, Divided>();
  /** Of each Rollout: its last step, and how many it has had here. */
  private readonly counts = new Map<string, { readonly step: string; readonly count: number }>();

  constructor(acks: Pick<AckBook, 'programmed'>) {
    this.acks = acks;
  }

  /** Call it with what the sidecars are given, after they are. */
  update({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) this.divided.delete(name);
    for (const resource of upserts) {
      if (resource.kind !== 'backend') continue;
      if (resource.split === undefined) this.divided.delete(resource.name);
      else this.divided.set(resource.name, resource.split);
    }
  }

  /** What divides calls by a Rollout, `namespace/name`; undefined = nothing does. */
  splitOf(rollout: string): MeshSplit | undefined {
    const own = [...this.divided].filter(([, one]) => one.rollout === rollout);
    const [first] = own;
    if (first === undefined) return undefined;
    const { step } = first[1];
    const object = { key: `Rollout/${rollout}`, generation: this.countOf(rollout, step), names: own.map(([name]) => name) };
    return { step, programmed: this.acks.programmed(object) };
  }

  private countOf(rollout: string, step: string): number {
    const known = this.counts.get(rollout);
    if (known?.step === step) return known.count;
    const count = (known?.count ?? 0) + 1;
    this.counts.set(rollout, { step, count });
    return count;
  }
}
