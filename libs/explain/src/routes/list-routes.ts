// SPDX-License-Identifier: Apache-2.0
import type { Listener, RouteRule, Snapshot } from '@weir/policy/snapshot';
import { compareHostnames, entryFromRule } from '@weir/routing';
import { comparePlaced } from '../nearest/precedence.ts';
import { portsOf } from '../request/choose-port.ts';
import { describeFilters } from '../text/describe-filter.ts';
import { describeMatch } from '../text/describe-match.ts';

/** One match of one rule at one listener. */
export interface RouteRow {
  /** `namespace/gateway/listener`. */
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Listener['protocol'];
  /** The route's own hostnames there, the most specific first. */
  readonly hostnames: readonly string[];
  readonly match: string;
  /** `namespace/route`. */
  readonly route: string;
  /** The rule's name, or its index as text. */
  readonly rule: string;
  /** `namespace/service:port`, with the share where there are several; or what answers instead. */
  readonly backends: readonly string[];
}

/** Every match of a snapshot: by port and listener, there in the order of precedence. */
export function listRoutes(snapshot: Snapshot): RouteRow[] {
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'routeRule');
  return portsOf(snapshot).flatMap(port =>
    port.listeners.flatMap(listener => {
      const at = { listener: listener.name, address: port.address, port: port.port, protocol: listener.protocol };
      return rowsOfListener(rules, listener.name).map(row => ({ ...at, ...row }));
    }),
  );
}

type RowOfListener = Omit<RouteRow, 'listener' | 'address' | 'port' | 'protocol'>;

function rowsOfListener(rules: readonly RouteRule[], listener: string): RowOfListener[] {
  const placed = rules.flatMap(rule => {
    const entry = entryFromRule(rule, listener, rule);
    if (entry === undefined) return [];
    const hostnames = entry.hostnames.toSorted(compareHostnames);
    return entry.matches.map((match, matchIndex) => ({ hostname: hostnames[0]!, hostnames, match, matchIndex, rule }));
  });
  return placed.sort(comparePlaced).map(({ hostnames, match, rule }) => ({
    hostnames,
    match: describeMatch(match),
    route: rule.route,
    rule: rule.rule,
    backends: backendTexts(rule),
  }));
}

function backendTexts({ action: { refusal, filters, backends } }: RouteRule): string[] {
  if (refusal !== undefined) return [`refused: ${refusal.code}`];
  if (backends.length === 0) {
    const redirect = filters.find(({ kind }) => kind === 'requestRedirect');
    return redirect === undefined ? ['none: 500'] : describeFilters([redirect]);
  }
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  return backends.map(({ label, weight, backend }) => {
    const share = backends.length === 1 || total === 0 ? '' : ` ${Number(((weight / total) * 100).toFixed(1))} %`;
    return `${label}${share}${backend === undefined ? ' (cannot be used)' : ''}`;
  });
}
