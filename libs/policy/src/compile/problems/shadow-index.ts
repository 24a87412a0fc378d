// SPDX-License-Identifier: Apache-2.0
import type { Issue, ResolvedRoute, RouteChange } from '../../resolve/index.ts';
import type { RouteMatch } from '../../snapshot/index.ts';

/** One match of one rule, with every listener and hostname at which it could win a request. */
interface Candidate {
  readonly route: ResolvedRoute;
  /** `Kind/namespace/name`. */
  readonly routeKey: string;
  readonly ruleIndex: number;
  /** Undefined = the rule takes whole connections and has no matches. */
  readonly matchIndex: number | undefined;
  readonly places: readonly string[];
}

/** Finds matches that never get a request, since an equal one at the same place comes first. */
export class ShadowIndex {
  private readonly candidatesByPlace = new Map<string, Set<Candidate>>();
  private readonly candidatesByRoute = new Map<string, readonly Candidate[]>();

  /** Takes over changed routes. By route key, what is to be said of each route about which something else may be true now. */
  apply(changes: ReadonlyMap<string, RouteChange>): ReadonlyMap<string, readonly Issue[]> {
    const affected = new Set<string>();
    for (const [key, { after }] of changes) {
      affected.add(key);
      for (const candidate of this.candidatesByRoute.get(key) ?? []) this.remove(candidate, affected);
      const candidates = after === undefined ? [] : candidatesOf(key, after);
      for (const candidate of candidates) this.add(candidate, affected);
      if (candidates.length === 0) this.candidatesByRoute.delete(key);
      else this.candidatesByRoute.set(key, candidates);
    }
    return new Map([...affected].map(key => [key, this.issuesOf(key)]));
  }

  private add(candidate: Candidate, affected: Set<string>): void {
    for (const place of candidate.places) {
      const present = this.candidatesByPlace.get(place);
      if (present === undefined) {
        this.candidatesByPlace.set(place, new Set([candidate]));
        continue;
      }
      for (const { routeKey } of present) affected.add(routeKey);
      present.add(candidate);
    }
  }

  private remove(candidate: Candidate, affected: Set<string>): void {
    for (const place of candidate.places) {
      const present = this.candidatesByPlace.get(place);
      present?.delete(candidate);
      for (const { routeKey } of present ?? []) affected.add(routeKey);
      if (present?.size === 0) this.candidatesByPlace.delete(place);
    }
  }

  private issuesOf(routeKey: string): readonly Issue[] {
    return (this.candidatesByRoute.get(routeKey) ?? []).flatMap(candidate => {
      const winners = candidate.places.map(place => this.winnerAt(place));
      return winners.includes(candidate) || winners[0] === undefined ? [] : [shadowIssue(candidate, winners[0])];
    });
  }

  private winnerAt(place: string): Candidate | undefined {
    let winner: Candidate | undefined;
    for (const candidate of this.candidatesByPlace.get(place) ?? []) {
      if (winner === undefined || comparePrecedence(candidate, winner) < 0) winner = candidate;
    }
    return winner;
  }
}

function candidatesOf(routeKey: string, route: ResolvedRoute): readonly Candidate[] {
  const listeners = route.attachments.flatMap(({ listener, hostnames }) => hostnames.map(hostname => `${listener} ${hostname}`));
  if (listeners.length === 0) return [];
  if (route.flow === 'streams') {
    return route.rules.map((_, ruleIndex) => ({ route, routeKey, ruleIndex, matchIndex: undefined, places: listeners }));
  }
  return route.rules.flatMap(({ matches }, ruleIndex) =>
    matches.map((match, matchIndex) => {
      const signature = signatureOf(match);
      return { route, routeKey, ruleIndex, matchIndex, places: listeners.map(place => `${place} ${signature}`) };
    }),
  );
}

function signatureOf({ path, method, headers, query }: RouteMatch): string {
  const conditions = [headers, query].map(values =>
    values.map(({ name, kind, value }) => JSON.stringify([name, kind, value])).sort(),
  );
  return JSON.stringify([path.kind, path.value, method, ...conditions]);
}

/** Among equal matches the older route wins, then the first by name, then the first rule (Gateway API, HTTPRouteRule.matches). */
function comparePrecedence(left: Candidate, right: Candidate): number {
  const byAge = left.route.document.createdMs - right.route.document.createdMs;
  if (byAge !== 0) return byAge;
  if (left.routeKey !== right.routeKey) return left.routeKey < right.routeKey ? -1 : 1;
  return left.ruleIndex - right.ruleIndex || (left.matchIndex ?? 0) - (right.matchIndex ?? 0);
}

function shadowIssue({ route, routeKey, ruleIndex, matchIndex }: Candidate, winner: Candidate): Issue {
  const rule = `spec.rules[${ruleIndex}]`;
  const { kind, namespace, name } = winner.route.document;
  const other = winner.routeKey === routeKey ? 'this route' : `${kind} ${namespace}/${name}`;
  if (matchIndex === undefined) {
    return {
      document: route.document,
      severity: 'warning',
      code: 'rule-shadowed',
      path: rule,
      message: `${rule} gets no connection: ${other} has the same listeners and hosts and comes first`,
      hint: 'remove one of the two, or give it a listener or hostnames of its own',
    };
  }
  const path = `${rule}.matches[${matchIndex}]`;
  return {
    document: route.document,
    severity: 'warning',
    code: 'rule-shadowed',
    path,
    message: `${path} gets no request: rule ${winner.ruleIndex} of ${other} matches the same and comes first`,
    hint: 'remove one of the two, or make their matches differ',
  };
}
