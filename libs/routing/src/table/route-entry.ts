// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { PathMatch, ResourceName, RouteMatch, RouteRule } from '@weir/policy/snapshot';

/** One rule of a route as a table holds it. `Target` is whatever the caller wants back for a request. */
export interface RouteEntry<Target> {
  /** Name of the rule's resource: unique in the table. */
  readonly name: ResourceName;
  /** Decides where expressions stand: see `isTriedLast`. */
  readonly routeKind: RouteRule['routeKind'];
  /** The route's own hostnames, lower-case; `*.a.b` covers one or more labels in front; `*` covers every host. */
  readonly hostnames: readonly string[];
  readonly matches: readonly RouteMatch[];
  /** Ties go to the older route, then to the first `namespace/route`, the first rule and the first match. */
  readonly createdMs: number;
  /** `namespace/route`. */
  readonly route: string;
  readonly index: number;
  readonly target: Target;
}

/** What of a request decides its route. A `RequestHead` is one. */
export interface RouteQuery {
  /** Case-sensitive; HEAD is HEAD and not GET (Gateway API, HTTPRouteMatch.method). */
  readonly method: string;
  /** Lower-case, without port; one trailing dot does not count. */
  readonly host: string;
  /** Normalised (see `normaliseTarget`), beginning with `/`. */
  readonly path: string;
  /** Without `?`; undefined when there is none. */
  readonly query: string | undefined;
  readonly headers: HeaderList;
}

/** The match that a request fell to. */
export interface Found<Target> {
  readonly target: Target;
  readonly entry: RouteEntry<Target>;
  /** Place in `entry.matches`. */
  readonly matchIndex: number;
  /** What a prefix match covered, without trailing slash (`/` itself excepted); '' for other path matches. */
  readonly matchedPrefix: string;
  /** What it asks of the path; a prefix has no trailing slash here: `/` is ''. */
  readonly path: PathMatch;
}

/** A match's path for people and for telemetry: `/cart/*` for a prefix; exact paths and expressions as they are written. */
export function pathPatternOf({ path: { kind, value } }: Pick<Found<unknown>, 'path'>): string {
  return kind === 'prefix' ? `${value}/*` : value;
}
