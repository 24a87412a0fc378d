// SPDX-License-Identifier: Apache-2.0
import type { GatewayListenerSpec } from '../inventory/document-of.ts';

export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** A kind of route as the status of a listener lists it. */
export interface RouteGroupKind {
  readonly group: string;
  readonly kind: string;
}

const HTTP_ROUTE: RouteGroupKind = { group: GATEWAY_API_GROUP, kind: 'HTTPRoute' };

type AllowedKinds = NonNullable<GatewayListenerSpec['allowedRoutes']>['kinds'];

/** Of the kinds that a listener allows (none written: whatever its protocol takes), those that Weir serves there, and the rest. */
export function resolveRouteKinds(allowed: AllowedKinds): {
  supported: readonly RouteGroupKind[];
  refused: readonly RouteGroupKind[];
} {
  if (allowed === undefined || allowed.length === 0) return { supported: [HTTP_ROUTE], refused: [] };
  const kinds = allowed.map(({ group, kind }) => ({ group, kind }));
  return {
    supported: kinds.some(isHttpRoute) ? [HTTP_ROUTE] : [],
    refused: kinds.filter(kind => !isHttpRoute(kind)),
  };
}

function isHttpRoute({ group, kind }: RouteGroupKind): boolean {
  return group === HTTP_ROUTE.group && kind === HTTP_ROUTE.kind;
}
