// SPDX-License-Identifier: Apache-2.0
import { EventWriter, GatewayKeeper, RootsKeeper, StatusWriter, statusWithFacts } from '@weir/kubernetes';
import type { WrittenStatus } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import { createGatewayDefaults } from './cluster-defaults.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { clusterView } from './cluster-view.ts';
import type { ClusterView } from './cluster-view.ts';
import { notProvisioned, notRead, rolloutTurn } from './object-events.ts';
import { programmedBefore } from './programmed-before.ts';
import { proxySettings } from './proxy-settings.ts';
import { RefusedStatuses } from './refused-statuses.ts';
import { StatusNews } from './status-news.ts';

export interface ClusterWritesParts extends ClusterParts {
  readonly controlPlane: ControlPlane;
}

/** All that the leader writes into a cluster about its documents: statuses, what Gateways need, and whom proxies trust. */
export class ClusterWrites {
  private readonly parts: ClusterWritesParts;
  private readonly defaults: ReturnType<typeof createGatewayDefaults>;
  private readonly statuses: StatusWriter;
  private readonly gateways: GatewayKeeper;
  private readonly roots: RootsKeeper;
  private readonly events: EventWriter;
  private readonly news = new StatusNews();
  private readonly refusals: RefusedStatuses;
  /** Of policies that could not be read when it was looked last. */
  private refusedKeys: readonly string[] = [];
  private view: ClusterView | undefined;

  constructor(parts: ClusterWritesParts) {
    const { controlPlane, connection, options, onNote } = parts;
    this.parts = parts;
    this.defaults = createGatewayDefaults({ namespace: options.namespace, onNote });
    this.refusals = new RefusedStatuses(parts.clock);
    this.statuses = new StatusWriter({
      ...{ ...parts, reader: connection },
      source: {
        keys: () => new Set([...controlPlane.statusKeys(), ...this.refusals.keys(controlPlane.refused)]),
        status: key => this.statusOf(key),
        isKnown: key => (key.startsWith('Gateway/') ? this.gateways.isInformed : controlPlane.objects.isHeard(key)),
        onFound: (key, object) => {
          const said = programmedBefore(object);
          if (said !== undefined) controlPlane.objects.recall(key, said);
        },
      },
    });
    this.gateways = new GatewayKeeper({
      ...{ ...parts, reader: connection },
      settings: proxySettings(options, controlPlane.trustDomain),
      plans: () => this.current.plans,
      onFacts: key => this.statuses.touch([`Gateway/${key}`]),
      onHindrance: (plan, hindrance) => {
        onNote(`Gateway ${plan.namespace}/${plan.name}: ${hindrance.message}`);
        this.events.tell(notProvisioned(plan, hindrance));
      },
    });
    this.roots = new RootsKeeper({
      ...parts,
      source: {
        rootsPem: () => controlPlane.authority.bundle().rootsPem,
        // Commands of people find them in the namespace of the control plane, too.
        namespaces: () => this.current.rootNamespaces.union(new Set([options.namespace])),
        found: () => this.current.foundRoots,
      },
    });
    this.events = new EventWriter({ ...parts, instance: options.replica });
    controlPlane.onChanged = changedKeys => this.changed(changedKeys);
    controlPlane.onHeard = keys => this.statuses.touch(keys);
    controlPlane.onNews = (rollout, news) => {
      const event = rolloutTurn(rollout, news);
      if (event !== undefined) this.events.tell(event);
    };
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    // What pods wait for comes first.
    this.roots.lead(signal);
    void this.gateways.lead(signal).then(() => this.statuses.touch());
    this.statuses.lead(signal);
    this.events.lead(signal);
    this.tellUnread();
  }

  /** Says that the roots may be others. */
  tick(): void {
    this.roots.touch();
  }

  private changed(changedKeys: readonly string[]): void {
    this.view = undefined;
    this.roots.touch();
    this.gateways.touch();
    this.statuses.touch(this.news.changed(this.parts.controlPlane.current.statuses));
    // One that was removed and made again at once has no status, however much it says the same.
    this.statuses.renew(changedKeys);
    this.touchRefused();
    this.tellUnread();
  }

  /** Those that cannot be read, and those that can be read again. */
  private touchRefused(): void {
    const before = this.refusedKeys;
    this.refusedKeys = this.refusals.keys(this.parts.controlPlane.refused);
    this.statuses.touch([...before, ...this.refusedKeys]);
  }

  /** Beside each object that cannot be read: not all of them have a status, and what is in force of some is said there. */
  private tellUnread(): void {
    const { unread, current } = this.parts.controlPlane;
    for (const problem of unread) {
      const event = notRead(problem, current.documents);
      if (event !== undefined) this.events.tell(event);
    }
  }

  private get current(): ClusterView {
    this.view ??= clusterView(this.parts.controlPlane.current, this.defaults);
    return this.view;
  }

  private statusOf(key: string): WrittenStatus | undefined {
    const { controlPlane } = this.parts;
    const status = controlPlane.objects.status(key);
    // What was accepted of it before is in force, and says so of the generation that it was.
    if (status === undefined) return this.refusals.status(key, controlPlane.refused);
    if (!('addresses' in status)) return status;
    return statusWithFacts(status, this.gateways.facts(key.slice('Gateway/'.length)));
  }
}
