// SPDX-License-Identifier: Apache-2.0
import type { RouteChange } from '../../resolve/index.ts';
import { policyStatus } from './policy-status.ts';
import type { StatedPolicy } from './policy-status.ts';
import type { PolicyUsers } from './policy-users.ts';
import type { StatusTable } from './status-table.ts';
import type { PolicyStatus } from './status.ts';
import type { UnenforcedPolicies } from './unenforced-policies.ts';

export interface PolicyNews {
  /** By `namespace/name`. */
  readonly found: { get(key: string): StatedPolicy | undefined };
  readonly changed: ReadonlySet<string>;
  readonly routes: ReadonlyMap<string, RouteChange>;
  readonly nowMs: number;
}

/** Where policies of a kind have effect, and where they have none that should. */
export interface PolicyPlaces {
  readonly users: PolicyUsers;
  readonly unenforced: UnenforcedPolicies;
}

/** Whether any status of a policy of one kind is news. */
export function renewPolicies(
  table: StatusTable<PolicyStatus>,
  { users, unenforced }: PolicyPlaces,
  { found, changed, routes, nowMs }: PolicyNews,
): boolean {
  let isNews = false;
  for (const key of changed.union(users.apply(routes.values())).union(unenforced.apply(routes))) {
    const policy = found.get(key);
    const sources = { before: table.get(key), nowMs, gateways: users.gatewaysOf(key), unenforced: unenforced.of(key) };
    isNews = table.set(key, policy === undefined ? undefined : policyStatus(policy, sources)) || isNews;
  }
  return isNews;
}
