// SPDX-License-Identifier: Apache-2.0
import type { Resolution } from '../../resolve/index.ts';
import { AttachedRoutes } from './attached-routes.ts';
import { gatewayClassStatus } from './gateway-class-status.ts';
import { gatewayStatus } from './gateway-status.ts';
import { routeStatus } from './route-status.ts';
import { StatusTable } from './status-table.ts';
import type { GatewayClassStatus, GatewayStatus, RouteStatus, Status } from './status.ts';

/** Keeps the statuses of all objects that Weir answers for. */
export class StatusBoard {
  private readonly classes = new StatusTable<GatewayClassStatus>('GatewayClass/');
  private readonly gateways = new StatusTable<GatewayStatus>('Gateway/');
  /** Of all kinds: their keys begin with the kind. */
  private readonly routes = new StatusTable<RouteStatus>('');
  private readonly attached = new AttachedRoutes();
  private published: ReadonlyMap<string, Status> = new Map<string, Status>();

  /** Statuses by `Kind/namespace/name` after a resolution; the same map as before when there is no news. */
  update(resolution: Resolution, nowMs: number): ReadonlyMap<string, Status> {
    const { gateways, routes } = resolution.changes;
    const isNews = [
      this.updateClasses(resolution, nowMs),
      this.updateRoutes(resolution, nowMs),
      // After the routes, whose number listeners tell.
      this.attached.apply(routes.values()) || gateways.size > 0 ? this.updateGateways(resolution, nowMs) : false,
    ].includes(true);
    if (isNews) this.published = new Map([...this.classes.entries(), ...this.gateways.entries(), ...this.routes.entries()]);
    return this.published;
  }

  private updateClasses({ classes }: Resolution, nowMs: number): boolean {
    const made = new Map([...classes].map(([name, resolved]) => [`/${name}`, resolved]));
    const keys = new Set([...made.keys(), ...this.classes.keys()]);
    let isNews = false;
    for (const key of keys) {
      const resolved = made.get(key);
      const status = resolved === undefined ? undefined : gatewayClassStatus(resolved, this.classes.get(key), nowMs);
      isNews = this.classes.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateGateways({ gateways, changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const key of new Set([...gateways.keys(), ...changes.gateways])) {
      const gateway = gateways.get(key);
      const before = this.gateways.get(key);
      const attachedRoutes = (listener: string): number => this.attached.countOf(listener);
      const status = gateway === undefined ? undefined : gatewayStatus(gateway, { before, nowMs, attachedRoutes });
      isNews = this.gateways.set(key, status) || isNews;
    }
    return isNews;
  }

  private updateRoutes({ changes }: Resolution, nowMs: number): boolean {
    let isNews = false;
    for (const [key, { after }] of changes.routes) {
      const status = after === undefined ? undefined : routeStatus(after, this.routes.get(key), nowMs);
      isNews = this.routes.set(key, status) || isNews;
    }
    return isNews;
  }
}
