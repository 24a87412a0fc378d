// SPDX-License-Identifier: Apache-2.0
import type { RouteChange } from '../../resolve/index.ts';
import { policyStatus } from './policy-status.ts';
import type { StatedPolicy } from './policy-status.ts';
import type { PolicyUsers } from './policy-users.ts';
import type { StatusTable } from './status-table.ts';
import type { PolicyStatus } from './status.ts';

export interface PolicyNews {
  /** By `namespace/name`. */
  readonly found: ReadonlyMap<string, StatedPolicy>;
  readonly changed: ReadonlySet<string>;
  readonly routes: readonly RouteChange[];
  readonly nowMs: number;
}

/** Whether any status of a policy of one kind is news. */
export function renewPolicies(table: StatusTable<PolicyStatus>, users: PolicyUsers, news: PolicyNews): boolean {
  const { found, changed, routes, nowMs } = news;
  let isNews = false;
  for (const key of changed.union(users.apply(routes))) {
    const policy = found.get(key);
    const sources = { before: table.get(key), nowMs, gateways: users.gatewaysOf(key) };
    isNews = table.set(key, policy === undefined ? undefined : policyStatus(policy, sources)) || isNews;
  }
  return isNews;
}
