// SPDX-License-Identifier: Apache-2.0
import type { GatewayListenerSpec } from '../inventory/document-of.ts';
import type { RouteKindName } from '../route/route-document.ts';
import type { ServedProtocol } from './listener-draft.ts';

export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** A kind of route as the status of a listener lists it. */
export interface RouteGroupKind {
  readonly group: string;
  readonly kind: string;
}

/** Which kinds of route a listener can take, by its protocol. */
const KINDS_OF_PROTOCOL: Readonly<Record<ServedProtocol, readonly RouteKindName[]>> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute'],
  TCP: ['TCPRoute'],
  UDP: ['UDPRoute'],
};

type AllowedKinds = NonNullable<GatewayListenerSpec['allowedRoutes']>['kinds'];

/** Of the kinds that a listener allows (none written: whatever its protocol takes), those that Weir serves there, and the rest. */
export function resolveRouteKinds(
  protocol: ServedProtocol,
  allowed: AllowedKinds,
): {
  supported: readonly RouteGroupKind[];
  refused: readonly RouteGroupKind[];
} {
  const possible = kindsOfProtocol(protocol).map(kind => ({ group: GATEWAY_API_GROUP, kind }));
  if (allowed === undefined || allowed.length === 0) return { supported: possible, refused: [] };
  const isAllowed = ({ group, kind }: RouteGroupKind): boolean => allowed.some(one => one.group === group && one.kind === kind);
  const isPossible = ({ group, kind }: RouteGroupKind): boolean => possible.some(one => one.group === group && one.kind === kind);
  return {
    supported: possible.filter(isAllowed),
    refused: allowed.map(({ group, kind }) => ({ group, kind })).filter(kind => !isPossible(kind)),
  };
}

export function kindsOfProtocol(protocol: ServedProtocol): readonly RouteKindName[] {
  return KINDS_OF_PROTOCOL[protocol];
}
