// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { UsedValues } from '../incremental/used-values.ts';
import type { PolicyChain } from './policy-chain.ts';

/** What the chains of policies that somebody uses come to, each made anew when one of its policies says something else. */
export class ChainTable<Effective> {
  private readonly chains = new UsedValues<PolicyChain>();
  private readonly table = new ResultTable<Effective>();
  private readonly merge: (chain: PolicyChain) => Effective;

  constructor(merge: (chain: PolicyChain) => Effective) {
    this.merge = merge;
  }

  /** By the chain's key. */
  get values(): ReadonlyMap<string, Effective> {
    return this.table.values;
  }

  /** Takes up the chains that are used now and gives back those of before; keys of what has come, gone or become something else. */
  renew(policies: Iterable<string>, exchanges: Iterable<ChainExchange>): ReadonlySet<string> {
    const dirty = this.table.keysReading(policies);
    for (const { before, after } of exchanges) {
      for (const key of this.chains.exchange(before, after, chain => chain.key)) dirty.add(key);
    }
    for (const key of dirty) this.renewChain(key);
    return dirty;
  }

  private renewChain(key: string): void {
    const chain = this.chains.get(key);
    if (chain === undefined) {
      this.table.forget(key);
      return;
    }
    this.table.renew(key, { value: this.merge(chain), topics: new Set(chain.links.map(({ policy }) => policy)) });
  }
}

/** The chains that a user had, and those that it has. */
export interface ChainExchange {
  readonly before: readonly PolicyChain[];
  readonly after: readonly PolicyChain[];
}
