// SPDX-License-Identifier: Apache-2.0
import type { Listener, RouteRule, Snapshot, StreamRule } from '@weir/policy/snapshot';
import { compareHostnames, coversHost, entryFromRule, entryFromStreamRule } from '@weir/routing';
import { comparePlaced } from '../nearest/precedence.ts';
import { portsOf } from '../request/choose-port.ts';
import { backendTexts } from '../text/describe-backends.ts';
import { describeFilters } from '../text/describe-filter.ts';
import { describeMatch } from '../text/describe-match.ts';

/** One match of one rule at one listener, or a rule that takes whole connections there. */
export interface RouteRow {
  /** `namespace/gateway/listener`. */
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Listener['protocol'];
  /** What the route takes of the listener's hostname, the most specific first. */
  readonly hostnames: readonly string[];
  /** In words; of routes for connections, what they take. */
  readonly match: string;
  readonly routeKind: RouteRule['routeKind'] | StreamRule['routeKind'];
  /** `namespace/route`. */
  readonly route: string;
  /** The rule's name, or its index as text. */
  readonly rule: string;
  /** `namespace/service:port`, with the share where there are several; or what answers instead. */
  readonly backends: readonly string[];
}

/** Every match of a snapshot: by port and listener, there in the order of precedence. */
export function listRoutes(snapshot: Snapshot): RouteRow[] {
  const resources = [...snapshot.resources.values()];
  const rules = resources.filter(resource => resource.kind === 'routeRule');
  const streamRules = resources.filter(resource => resource.kind === 'streamRule');
  return portsOf(snapshot).flatMap(port =>
    port.listeners.flatMap(listener => {
      const at = { listener: listener.name, address: port.address, port: port.port, protocol: listener.protocol };
      const rows = [...rowsOfListener(rules, listener.name), ...streamRowsOfListener(streamRules, listener.name)];
      return rows.map(row => ({ ...at, ...row, hostnames: hostnamesAt(listener.hostname, row.hostnames) }));
    }),
  );
}

/** The hostnames of a route as far as the listener's covers them; where they reach further, the listener's is what remains. */
function hostnamesAt(listener: string, hostnames: readonly string[]): string[] {
  return [...new Set(hostnames.map(hostname => (coversHost(listener, hostname) ? hostname : listener)))];
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
    routeKind: rule.routeKind,
    route: rule.route,
    rule: rule.rule,
    backends: answerTexts(rule),
  }));
}

function answerTexts({ action: { refusal, filters, backends } }: RouteRule): string[] {
  if (refusal !== undefined) return [`refused: ${refusal.code}`];
  if (backends.length === 0) {
    const redirect = filters.find(({ kind }) => kind === 'requestRedirect');
    return redirect === undefined ? ['none: 500'] : describeFilters([redirect]);
  }
  return backendTexts(backends);
}

/** What each kind of route for connections takes. */
const CARRIED: Readonly<Record<StreamRule['routeKind'], string>> = {
  TLSRoute: 'connections by server name',
  TCPRoute: 'connections',
  UDPRoute: 'datagrams',
};

/** The first of a hostname takes all of its connections. */
function streamRowsOfListener(rules: readonly StreamRule[], listener: string): RowOfListener[] {
  const placed = rules.flatMap(rule => {
    const hostnames = entryFromStreamRule(rule, listener, rule)?.hostnames.toSorted(compareHostnames) ?? [];
    return hostnames.length === 0 ? [] : [{ rule, hostnames }];
  });
  return placed.sort(compareStreams).map(({ rule, hostnames }) => ({
    hostnames,
    match: CARRIED[rule.routeKind],
    routeKind: rule.routeKind,
    route: rule.route,
    rule: rule.rule,
    backends: backendTexts(rule.backends),
  }));
}

interface PlacedStream {
  readonly rule: StreamRule;
  /** The most specific first. */
  readonly hostnames: readonly string[];
}

function compareStreams(left: PlacedStream, right: PlacedStream): number {
  return (
    compareHostnames(left.hostnames[0]!, right.hostnames[0]!) ||
    left.rule.createdMs - right.rule.createdMs ||
    (left.rule.route < right.rule.route ? -1 : Number(left.rule.route > right.rule.route))
  );
}
