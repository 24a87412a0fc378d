// SPDX-License-Identifier: Apache-2.0
import type { RouteRule, StreamRule } from '@weir/policy/snapshot';

/** What the mesh does with calls that no route takes: these rules go by the Service's name. */
const OF_NO_ROUTE = ['mesh-rule/', 'mesh-stream-rule/'];

/** `KIND/namespace/name` of the route that a rule is of; '' = of none. */
export function routeIdOf({ name, routeKind, route }: Pick<RouteRule | StreamRule, 'name' | 'route' | 'routeKind'>): string {
  return OF_NO_ROUTE.some(start => name.startsWith(start)) ? '' : `${routeKind}/${route}`;
}
