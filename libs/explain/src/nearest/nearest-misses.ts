// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from '@weir/base';
import type { RouteRule } from '@weir/policy/snapshot';
import { checkMatch, compareHostnames, coversHost, entryFromRule } from '@weir/routing';
import type { PartCheck, RouteEntry } from '@weir/routing';
import type { Miss } from '../explanation.ts';
import { comparePlaced, whyLess } from './precedence.ts';
import type { Placed } from './precedence.ts';

const MISS_COUNT = 3;

interface RankedMiss extends Miss {
  readonly missedCount: number;
  /** Leading segments that path and pattern share. */
  readonly sharedSegments: number;
  readonly placed: Placed;
}

export interface Contest {
  readonly rules: Iterable<RouteRule>;
  /** `Listener.name`. */
  readonly listener: string;
  readonly head: RequestHead;
  /** The match that got the request. */
  readonly winner: Placed | undefined;
}

/** The rules that come closest without getting the request: those with the most parts matched first. One miss for a rule. */
export function nearestMisses(contest: Contest): Miss[] {
  const misses: RankedMiss[] = [];
  for (const rule of contest.rules) {
    const entry = entryFromRule(rule, contest.listener, rule);
    if (entry === undefined || (rule.route === contest.winner?.rule.route && rule.index === contest.winner.rule.index)) continue;
    const closest = entry.matches.map((_, index) => missOf(contest, entry, index)).sort(compareMisses)[0];
    if (closest !== undefined) misses.push(closest);
  }
  return misses
    .sort(compareMisses)
    .slice(0, MISS_COUNT)
    .map(({ routeKind, route, rule, reasons, matchedCount }) => ({ routeKind, route, rule, reasons, matchedCount }));
}

function missOf({ head, winner }: Contest, entry: RouteEntry<RouteRule>, matchIndex: number): RankedMiss {
  const match = entry.matches[matchIndex]!;
  const covering = bestHostname(entry.hostnames, head.host);
  const checks = checkMatch(match, head);
  const reasons = checks.filter(({ isMet }) => !isMet).map(reasonFor);
  if (covering === undefined) {
    reasons.unshift(`hostname ${entry.hostnames.join(', ')} does not cover ${head.host || 'an empty host'}`);
  }
  const placed = { hostname: covering ?? entry.hostnames[0]!, match, matchIndex, rule: entry.target };
  const missedCount = reasons.length;
  if (missedCount === 0 && winner !== undefined) reasons.push(`matches too, but ${whyLess(winner, placed)}`);
  const { routeKind, route, rule } = entry.target;
  const sharedSegments = sharedSegmentCount(match.path.value, head.path);
  return { routeKind, route, rule, reasons, matchedCount: checks.length + 1 - missedCount, missedCount, sharedSegments, placed };
}

/** The most specific of a route's hostnames that cover a host: the one that it competes with. */
export function bestHostname(hostnames: readonly string[], host: string): string | undefined {
  return hostnames.filter(hostname => coversHost(hostname, host)).sort(compareHostnames)[0];
}

function compareMisses(a: RankedMiss, b: RankedMiss): number {
  return (
    b.matchedCount - a.matchedCount ||
    a.missedCount - b.missedCount ||
    b.sharedSegments - a.sharedSegments ||
    comparePlaced(a.placed, b.placed)
  );
}

function reasonFor({ part, name, kind, wanted, actual }: PartCheck): string {
  if (part === 'method') return `method is ${actual}, rule wants ${wanted}`;
  if (part === 'path') return pathReason(kind, wanted, actual ?? '');
  const subject = part === 'header' ? `header ${name}` : `query parameter ${name}`;
  if (actual === undefined) return `${subject} is missing`;
  return `${subject} is "${actual}", rule wants ${kind === 'regex' ? `a match of ${wanted}` : `"${wanted}"`}`;
}

function pathReason(kind: PartCheck['kind'], wanted: string, actual: string): string {
  if (kind === 'prefix') return `path prefix ${wanted} does not cover ${actual}`;
  if (kind === 'regex') return `path regex ${wanted} does not match ${actual}`;
  return `path is ${actual}, rule wants exactly ${wanted}`;
}

function sharedSegmentCount(wanted: string, actual: string): number {
  const segments = actual.split('/');
  const different = wanted.split('/').findIndex((segment, i) => segment !== segments[i]);
  return different === -1 ? segments.length : different;
}
