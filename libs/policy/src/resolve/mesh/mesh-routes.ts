// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRoute } from '../route/resolved-route.ts';
import type { RouteChange } from '../route/route-stage.ts';
import { callerListenerFrom } from './mesh-names.ts';

/** Which routes are attached to which Services. */
export class MeshRoutes {
  /** By `namespace/service`, then by the route's key. */
  private readonly routes = new Map<string, Map<string, ResolvedRoute>>();

  /** Services of which the routes are others than before. */
  apply(changes: ReadonlyMap<string, RouteChange>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const [key, { before, after }] of changes) {
      for (const service of servicesOf(before)) {
        this.routes.get(service)?.delete(key);
        if (this.routes.get(service)?.size === 0) this.routes.delete(service);
        touched.add(service);
      }
      for (const service of servicesOf(after)) {
        const routes = this.routes.get(service) ?? new Map<string, ResolvedRoute>();
        if (after !== undefined) this.routes.set(service, routes.set(key, after));
        touched.add(service);
      }
    }
    return touched;
  }

  /** In the order of their keys. */
  of(service: string): readonly ResolvedRoute[] {
    const routes = [...(this.routes.get(service) ?? [])];
    return routes.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, route]) => route);
  }
}

function servicesOf(route: ResolvedRoute | undefined): ReadonlySet<string> {
  const listeners = (route?.attachments ?? []).map(({ listener }) => callerListenerFrom(listener));
  return new Set(listeners.flatMap(place => (place === undefined ? [] : `${place.namespace}/${place.service}`)));
}
