// SPDX-License-Identifier: Apache-2.0
import { NO_IDENTITIES } from '@weir/base';
import type { Exchange, Identity } from '@weir/base';
import type { HeaderValue } from '@weir/policy/snapshot';
import type { Admitted } from './authenticator.ts';

/**
 * Who a caller has shown to be, policy by policy, while the policies of a request are asked. Rules see what policies of their own
 * scope and of wider ones have found: else whoever owns a route could hand out the groups that the rules of its Gateway ask for.
 */
export class Caller {
  readonly exchange: Exchange;
  private readonly ranks: number[] = [];
  private highest = 0;
  private headers: readonly HeaderValue[] | undefined = undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  add({ identity, headers }: Admitted, rank: number): void {
    const { exchange } = this;
    this.headers = this.headers === undefined ? headers : [...this.headers, ...headers];
    this.ranks.push(rank);
    this.highest = Math.max(this.highest, rank);
    exchange.identities = exchange.identities === NO_IDENTITIES ? [identity] : [...exchange.identities, identity];
  }

  /**
   * Tells the backend who it is, in the fields that policies have for it; what came in under these names is gone already. Of two
   * policies with one field, what the wider one says holds.
   */
  writeHeaders(): void {
    const { headers } = this.exchange.request;
    for (const { name, value } of this.headers ?? []) if (!headers.has(name)) headers.append(name, value);
  }

  /** Identities that the rules of a policy at a scope may look at. */
  visibleFrom(rank: number): readonly Identity[] {
    const { identities } = this.exchange;
    return this.highest <= rank ? identities : identities.filter((_, index) => (this.ranks[index] ?? 0) <= rank);
  }
}
