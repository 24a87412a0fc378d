// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import type { Balance } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { resolveBackendTraffic } from '../traffic/backend-traffic.ts';
import type { BackendTraffic } from '../traffic/backend-traffic.ts';
import type { BackendTarget } from './backend-target.ts';
import type { ServiceDocument } from './service-port.ts';
import type { TopologyHints } from './topology-hints.ts';
import { resolveZonePreference } from './resolve-zone-preference.ts';

/** How one of a Service's endpoints is chosen and connected to, and when it is not. */
export interface Balancing extends Omit<BackendTraffic, 'balance' | 'connectTimeoutMs'> {
  readonly balance: Balance;
  readonly connectTimeoutMs: number;
}

interface BalancingContext {
  readonly lookup: Lookup;
  readonly report: (issue: Issue) => void;
  readonly target: BackendTarget;
  readonly hints: TopologyHints;
}

export const BALANCE_ANNOTATION = 'weir.dev/load-balancing';
const BALANCES: ReadonlyMap<string, Balance> = new Map([
  ['LeastRequest', 'leastRequest'],
  ['RoundRobin', 'roundRobin'],
]);
/** Follows what a slow endpoint does; in turn would not. */
const DEFAULT_BALANCE: Balance = 'leastRequest';
/** Well above a handshake across continents, and short enough that another endpoint can still be tried. */
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;

/** Policies go before the Service's annotation, which is looked at all the same: a mistake in it comes back with the policy's end. */
export function resolveBalancing(service: ServiceDocument, { lookup, report, target, hints }: BalancingContext): Balancing {
  const annotated = annotatedBalance(service, report);
  const { connectTimeoutMs, ...said } = resolveBackendTraffic(lookup, target);
  const balance = said.balance ?? annotated ?? DEFAULT_BALANCE;
  return {
    ...said,
    balance,
    connectTimeoutMs: connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    zonePreference: resolveZonePreference(service, balance, { said: said.zonePreference, hints }),
  };
}

/** Undefined = it says nothing that can be done. */
function annotatedBalance(service: ServiceDocument, report: BalancingContext['report']): Balance | undefined {
  const written = service.annotations[BALANCE_ANNOTATION];
  if (written === undefined) return undefined;
  const balance = BALANCES.get(written);
  if (balance !== undefined) return balance;
  const nearest = nearestName(written, BALANCES.keys());
  report({
    document: service,
    severity: 'error',
    code: 'load-balancing-unknown',
    path: `metadata.annotations.${BALANCE_ANNOTATION}`,
    message: `annotation ${BALANCE_ANNOTATION} is \`${written}\`; LeastRequest is used`,
    hint: nearest === undefined ? `write ${[...BALANCES.keys()].join(' or ')}` : `did you mean \`${nearest}\`?`,
  });
  return undefined;
}
