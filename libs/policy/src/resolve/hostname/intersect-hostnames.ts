// SPDX-License-Identifier: Apache-2.0

/** Covers every hostname. */
export const ANY_HOSTNAME = '*';

/**
 * The hostnames of a route that have something in common with a listener's: as the route wrote them, since precedence goes by
 * what was written and not by the intersection. A route without hostnames takes whatever the listener covers.
 */
export function intersectHostnames(listenerHostname: string, routeHostnames: readonly string[]): readonly string[] {
  if (routeHostnames.length === 0) return [ANY_HOSTNAME];
  return routeHostnames.filter(hostname => hostnamesOverlap(listenerHostname, hostname));
}

/**
 * Whether any host is covered by both. `*.example.com` covers `a.example.com` and `a.b.example.com` but not `example.com`
 * (Gateway API, HTTPRouteSpec.hostnames). Both are lower-case.
 */
export function hostnamesOverlap(left: string, right: string): boolean {
  if (left === ANY_HOSTNAME || right === ANY_HOSTNAME || left === right) return true;
  return coversHostname(left, right) || coversHostname(right, left);
}

function coversHostname(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1));
}
