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
  /** Of whom a gateway in front has told: the first of the exchange's identities. */
  private readonly vouchedCount: number;
  private readonly ranks: number[];
  private highest = 0;
  private headers: readonly HeaderValue[] | undefined = undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
    this.vouchedCount = exchange.identities.length;
    this.ranks = exchange.identities.map(() => 0);
  }

  /**
   * Whether a gateway has asked who it is in the name of the same policy, and takes its word for it at this rank: the credential has not
   * gone further than there.
   */
  takeVouched(policy: string, rank: number): boolean {
    const index = this.vouchedCount === 0 ? -1 : this.exchange.identifiedBy.indexOf(policy);
    if (index === -1 || index >= this.vouchedCount) return false;
    this.ranks[index] = rank;
    this.highest = Math.max(this.highest, rank);
    return true;
  }

  /** `policy`: `namespace/name` of the one that has asked. */
  add({ identity, headers }: Admitted, { policy, rank }: { readonly policy: string; readonly rank: number }): void {
    const { exchange } = this;
    this.headers = this.headers === undefined ? headers : [...this.headers, ...headers];
    this.ranks.push(rank);
    this.highest = Math.max(this.highest, rank);
    exchange.identities = exchange.identities === NO_IDENTITIES ? [identity] : [...exchange.identities, identity];
    exchange.identifiedBy = exchange.identifiedBy.length === 0 ? [policy] : [...exchange.identifiedBy, policy];
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
