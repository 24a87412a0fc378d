// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import type { ResolvedGateway } from '../gateway/conclude-gateway.ts';
import { identityOfGateway } from '../gateway/gateway-identity.ts';
import { GatewayCounts } from '../incremental/gateway-counts.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';
import type { RouteChange } from '../route/route-stage.ts';
import { targetsOfRule } from '../service/backend-stage.ts';
import { callerListenerFrom, keyOf } from './mesh-names.ts';
import type { MeshPlace } from './mesh-names.ts';

/** By `namespace/name`; those that have proxies of their own. */
export type OwnGateways = ReadonlyMap<string, Pick<ResolvedGateway, 'document'>>;

/**
 * Which Gateways send requests to which ports of Services, by routes that they took: who serves there believes them about clients, and
 * no others, as everybody may have a Gateway of his own. That a route leads to a Service of another namespace, a ReferenceGrant there
 * permits. Connections that are carried whole tell of no client, so that TCPRoutes and TLSRoutes count for nothing here.
 */
export class LeadingGateways {
  /** By `namespace/service/port`. */
  private readonly counts = new GatewayCounts();
  private readonly gateways: OwnGateways;
  /** What the order and the names of `at` come from, by Gateway. */
  private ranks: ReadonlyMap<string, string> = new Map();

  /** `gateways`: live. */
  constructor(gateways: OwnGateways) {
    this.gateways = gateways;
  }

  /** Services (`namespace/service`) that other Gateways lead to than before, or the same ones by other names. */
  apply(changes: Iterable<RouteChange>): ReadonlySet<string> {
    const touched = new Set(this.counts.keysThrough(this.renamed()));
    for (const { before, after } of changes) {
      // Taken before it is given back: what both lead to stays.
      for (const { place, gateway } of linksOf(after)) if (this.counts.add(place, gateway, 1)) touched.add(place);
      for (const { place, gateway } of linksOf(before)) if (this.counts.add(place, gateway, -1)) touched.add(place);
    }
    return new Set([...touched].map(place => place.slice(0, place.lastIndexOf('/'))));
  }

  /** Who leads there, the oldest Gateway first. */
  at(place: MeshPlace): readonly WorkloadIdentity[] {
    const documents = this.counts.gatewaysOf([keyOf(place)]).flatMap(key => this.gateways.get(key)?.document ?? []);
    return documents.sort((left, right) => left.createdMs - right.createdMs).map(identityOfGateway);
  }

  /** Gateways that lead somewhere under another name or age than the last time; new ones lead nowhere yet. */
  private renamed(): ReadonlySet<string> {
    const before = this.ranks;
    this.ranks = new Map(
      [...this.gateways].map(([key, { document }]) => [key, `${document.createdMs} ${identityOfGateway(document)}`]),
    );
    return new Set([...this.ranks].filter(([key, rank]) => (before.get(key) ?? rank) !== rank).map(([key]) => key));
  }
}

interface Link {
  /** `namespace/service/port`. */
  readonly place: string;
  readonly gateway: string;
}

/** Each once. */
function linksOf(route: ResolvedRoute | undefined): readonly Link[] {
  if (route?.flow !== 'requests') return [];
  const places = new Set(
    route.rules.filter(({ refusal }) => refusal === undefined).flatMap(rule => targetsOfRule(rule).map(keyOf)),
  );
  const listeners = route.attachments.map(({ listener }) => listener).filter(name => callerListenerFrom(name) === undefined);
  const gateways = new Set(listeners.map(gatewayOf));
  return [...gateways].flatMap(gateway => [...places].map(place => ({ place, gateway })));
}

/** Names of listeners begin with their Gateway's. */
function gatewayOf(listener: string): string {
  return listener.split('/', 2).join('/');
}
