// SPDX-License-Identifier: Apache-2.0
import type { MeshProtocol } from '../../snapshot/index.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';
import type { RouteKindName } from '../route/route-document.ts';
import { callerListenerFrom, meshName } from './mesh-names.ts';
import type { MeshPlace } from './mesh-names.ts';

/** The routes at a port of a Service. */
export interface PortRoutes {
  /** Of the Service's own namespace: they hold for every caller. */
  readonly producers: readonly ResolvedRoute[];
  /** Of other namespaces, by namespace, sorted: each holds for callers from there. */
  readonly consumers: ReadonlyMap<string, readonly ResolvedRoute[]>;
}

export function portRoutesOf(place: MeshPlace, routes: readonly ResolvedRoute[]): PortRoutes {
  const own = meshName.caller(place);
  const producers = routes.filter(({ attachments }) => attachments.some(({ listener }) => listener === own));
  const consumers = Map.groupBy(
    routes.filter(({ attachments }) => attachments.some(({ listener }) => listener.startsWith(`${own}@`))),
    route => consumerOf(route, own),
  );
  return { producers, consumers: new Map([...consumers].sort(([left], [right]) => (left < right ? -1 : 1))) };
}

/** Each route is of one namespace, and so is at one of a port's listeners. */
function consumerOf({ attachments }: ResolvedRoute, own: string): string {
  const listener = attachments.find(one => one.listener.startsWith(`${own}@`))?.listener ?? '';
  return callerListenerFrom(listener)?.consumer ?? '';
}

/** Listeners of a port at which the Service's endpoints are called by default, as no route says anything else there. */
export interface DefaultListeners {
  readonly requests: readonly string[];
  readonly streams: readonly string[];
}

export function defaultListenersOf(
  place: MeshPlace,
  protocol: MeshProtocol,
  { producers, consumers }: PortRoutes,
): DefaultListeners {
  const groups = [
    { listener: meshName.caller(place), routes: producers },
    ...[...consumers].map(([consumer, routes]) => ({ listener: meshName.caller(place, consumer), routes })),
  ];
  const without = (...kinds: readonly RouteKindName[]): readonly string[] =>
    groups.filter(({ routes }) => !routes.some(({ document }) => kinds.includes(document.kind))).map(({ listener }) => listener);
  return {
    // A TCPRoute takes connections whole, whatever is in them, unless a route about requests is there as well.
    requests: MAY_BE_HTTP.includes(protocol) ? without('HTTPRoute', 'GRPCRoute', 'TCPRoute') : [],
    streams: MAY_BE_OPAQUE.includes(protocol) ? without('TLSRoute', 'TCPRoute') : [],
  };
}

const MAY_BE_HTTP: readonly MeshProtocol[] = ['http1', 'http2', 'detect'];
const MAY_BE_OPAQUE: readonly MeshProtocol[] = ['tcp', 'tls', 'detect'];
