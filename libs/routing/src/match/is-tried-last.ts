// SPDX-License-Identifier: Apache-2.0
import type { PathMatch, RouteRule } from '@weir/policy/snapshot';

/** How a match of a GRPCRoute begins that names a method and no service. */
const ANY_SERVICE = '/[^/]+/';

/**
 * Whether an expression stands behind all prefixes but `/`. Of gRPC routes the characters of a matching service count before
 * those of its method (Gateway API, GRPCRouteRule.matches): a method of whatever service comes after every service that is named.
 */
export function isTriedLast(routeKind: RouteRule['routeKind'], { kind, value }: PathMatch): boolean {
  return routeKind === 'GRPCRoute' && kind === 'regex' && value.startsWith(ANY_SERVICE);
}
