// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import type { Balance, EndpointHealth, SessionPersistence, ZonePreference } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { resolveBackendTraffic } from '../traffic/backend-traffic.ts';
import type { ServiceDocument } from './service-port.ts';
import { resolveZonePreference } from './resolve-zone-preference.ts';

/** How one of a Service's endpoints is chosen, and how long to wait for it. */
export interface Balancing {
  readonly balance: Balance;
  readonly connectTimeoutMs: number;
  /** Undefined = endpoints are used wherever they are. */
  readonly zonePreference: ZonePreference | undefined;
  /** Undefined = none is left alone. */
  readonly health: EndpointHealth | undefined;
  readonly sessionPersistence: SessionPersistence | undefined;
}

interface BalancingContext {
  readonly lookup: Lookup;
  readonly report: (issue: Issue) => void;
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
export function resolveBalancing(service: ServiceDocument, { lookup, report }: BalancingContext): Balancing {
  const annotated = annotatedBalance(service, report);
  const { connectTimeoutMs, health, sessionPersistence, ...said } = resolveBackendTraffic(lookup, service);
  const balance = said.balance ?? annotated ?? DEFAULT_BALANCE;
  return {
    balance,
    connectTimeoutMs: connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    zonePreference: resolveZonePreference(service, balance, said.zonePreference),
    health,
    sessionPersistence,
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
