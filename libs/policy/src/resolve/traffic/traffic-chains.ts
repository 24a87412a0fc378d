// SPDX-License-Identifier: Apache-2.0
import type { ChainExchange } from '../policy/chain-table.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';
import type { ResolvedTraffic } from '../route/rule-traffic.ts';

/** Chains of traffic policies that have been used, and those that are. */
export interface TrafficExchanges {
  readonly calls: readonly ChainExchange[];
  readonly limits: readonly ChainExchange[];
}

/** How a route's backends are called; a chain that is used twice is there twice. */
export function callsOfRoute(route: ResolvedRoute | undefined): readonly PolicyChain[] {
  return trafficOf(route).flatMap(({ backends }) => backends.flatMap(({ calls }) => calls ?? []));
}

/** What is limited on the way to a route's rules, and for the Services behind them. */
export function limitsOfRoute(route: ResolvedRoute | undefined): readonly PolicyChain[] {
  return trafficOf(route).flatMap(({ limits, backends }) =>
    [limits, ...backends.map(backend => backend.limits)].flatMap(chain => chain ?? []),
  );
}

/** Streams have no traffic policies. */
function trafficOf(route: ResolvedRoute | undefined): readonly ResolvedTraffic[] {
  return route?.flow === 'requests' ? route.rules.flatMap(({ traffic }) => [...traffic.values()]) : [];
}
