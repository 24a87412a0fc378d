// SPDX-License-Identifier: Apache-2.0
import { HostnameIndex } from '../hostname/hostname-index.ts';
import type { RouteRivals } from './conclude-route.ts';
import type { RouteDraft } from './resolve-route.ts';
import type { RequestRouteDocument } from './route-document.ts';

type RequestKind = RequestRouteDocument['kind'];

/** A route at one listener. */
interface Contender {
  readonly document: RequestRouteDocument;
  readonly hostnames: readonly string[];
}

interface Place {
  readonly contenders: Map<string, Contender>;
  readonly counts: Record<RequestKind, number>;
  /** Who keeps each loser out: `Kind namespace/name` by route key. */
  losses: ReadonlyMap<string, string>;
}

const NO_LOSSES: ReadonlyMap<string, string> = new Map();

/**
 * HTTPRoutes and GRPCRoutes that want the same hosts of a listener: only one of the two kinds can have them, and the older
 * route decides which, then the first by namespace and name (Gateway API, GRPCRouteSpec.hostnames).
 */
export class HostContest {
  private readonly places = new Map<string, Place>();
  private readonly listenersByRoute = new Map<string, ReadonlySet<string>>();

  /** Takes over changed routes, undefined for those that are gone. Keys of all routes about which something else is true now. */
  apply(drafts: ReadonlyMap<string, RouteDraft | undefined>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const [key, draft] of drafts) {
      for (const listener of this.listenersByRoute.get(key) ?? []) this.leave(listener, key, touched);
      this.listenersByRoute.delete(key);
      if (draft?.body.flow === 'requests') this.enter(key, draft, touched);
    }
    const affected = new Set<string>();
    for (const listener of touched) this.decide(listener, affected);
    return affected;
  }

  rivalsOf(key: string): RouteRivals {
    const rivals = new Map<string, string>();
    for (const listener of this.listenersByRoute.get(key) ?? []) {
      const rival = this.places.get(listener)?.losses.get(key);
      if (rival !== undefined) rivals.set(listener, rival);
    }
    return rivals;
  }

  private enter(key: string, { body, outcomes }: RouteDraft, touched: Set<string>): void {
    if (body.flow !== 'requests') return;
    const { document } = body;
    const attachments = new Map(outcomes.flatMap(outcome => outcome.attachments).map(one => [one.listener, one.hostnames]));
    for (const [listener, hostnames] of attachments) {
      const place = this.places.get(listener) ?? newPlace();
      this.places.set(listener, place);
      place.contenders.set(key, { document, hostnames });
      place.counts[document.kind] += 1;
      touched.add(listener);
    }
    if (attachments.size > 0) this.listenersByRoute.set(key, new Set(attachments.keys()));
  }

  private leave(listener: string, key: string, touched: Set<string>): void {
    const place = this.places.get(listener);
    const contender = place?.contenders.get(key);
    if (place === undefined || contender === undefined) return;
    place.contenders.delete(key);
    place.counts[contender.document.kind] -= 1;
    touched.add(listener);
  }

  private decide(listener: string, affected: Set<string>): void {
    const place = this.places.get(listener);
    if (place === undefined) return;
    const { losses: before, counts } = place;
    place.losses = counts.HTTPRoute > 0 && counts.GRPCRoute > 0 ? lossesOf(place.contenders) : NO_LOSSES;
    for (const key of new Set([...before.keys(), ...place.losses.keys()])) {
      if (before.get(key) !== place.losses.get(key)) affected.add(key);
    }
    if (place.contenders.size === 0) this.places.delete(listener);
  }
}

function newPlace(): Place {
  return { contenders: new Map(), counts: { HTTPRoute: 0, GRPCRoute: 0 }, losses: NO_LOSSES };
}

function lossesOf(contenders: ReadonlyMap<string, Contender>): ReadonlyMap<string, string> {
  const taken: Record<RequestKind, HostnameIndex<string>> = { HTTPRoute: new HostnameIndex(), GRPCRoute: new HostnameIndex() };
  const losses = new Map<string, string>();
  for (const [key, { document, hostnames }] of [...contenders].sort(([, left], [, right]) => byAge(left, right))) {
    const others = taken[document.kind === 'HTTPRoute' ? 'GRPCRoute' : 'HTTPRoute'];
    const rival = hostnames.map(hostname => others.findOverlapping(hostname)).find(found => found !== undefined);
    if (rival !== undefined) losses.set(key, rival);
    else for (const hostname of hostnames) taken[document.kind].add(hostname, `${document.kind} ${nameOf(document)}`);
  }
  return losses;
}

function byAge({ document: left }: Contender, { document: right }: Contender): number {
  return left.createdMs - right.createdMs || compareText(nameOf(left), nameOf(right)) || compareText(left.kind, right.kind);
}

function nameOf({ namespace, name }: RequestRouteDocument): string {
  return `${namespace}/${name}`;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
