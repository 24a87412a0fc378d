// SPDX-License-Identifier: Apache-2.0
import { GatewayKeeper, RootsKeeper, StatusWriter, statusWithFacts } from '@weir/kubernetes';
import type { WrittenStatus } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { clusterView } from './cluster-view.ts';
import type { ClusterView } from './cluster-view.ts';
import { GatewayDefaults } from './gateway-plans.ts';
import { proxySettings } from './proxy-settings.ts';

export interface ClusterWritesParts extends ClusterParts {
  readonly controlPlane: ControlPlane;
}

/** All that the leader writes into a cluster about its documents: statuses, what Gateways need, and whom proxies trust. */
export class ClusterWrites {
  private readonly parts: ClusterWritesParts;
  private readonly defaults: GatewayDefaults;
  private readonly statuses: StatusWriter;
  private readonly gateways: GatewayKeeper;
  private readonly roots: RootsKeeper;
  private view: ClusterView | undefined;

  constructor(parts: ClusterWritesParts) {
    const { controlPlane, connection, options, onNote } = parts;
    this.parts = parts;
    this.defaults = new GatewayDefaults(options.namespace, faults => {
      for (const { message, hint } of faults) onNote(`the defaults of Gateways stay as they were: ConfigMap ${message}: ${hint}`);
    });
    this.statuses = new StatusWriter({
      ...{ ...parts, reader: connection },
      source: { keys: () => controlPlane.statusKeys(), status: key => this.statusOf(key) },
    });
    this.gateways = new GatewayKeeper({
      ...{ ...parts, reader: connection },
      settings: proxySettings(options, controlPlane.trustDomain),
      plans: () => this.current.plans,
      onFacts: key => this.statuses.touch([`Gateway/${key}`]),
      onHindrance: ({ namespace: at, name }, { message }) => onNote(`Gateway ${at}/${name}: ${message}`),
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
    controlPlane.onChanged = () => this.changed();
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    // What pods wait for comes first.
    this.roots.lead(signal);
    this.gateways.lead(signal);
    this.statuses.lead(signal);
  }

  /** Says that proxies may have answered, or the roots may be others. */
  tick(): void {
    this.statuses.touch();
    this.roots.touch();
  }

  private changed(): void {
    this.view = undefined;
    this.roots.touch();
    this.gateways.touch();
    this.statuses.touch();
  }

  private get current(): ClusterView {
    this.view ??= clusterView(this.parts.controlPlane, this.defaults);
    return this.view;
  }

  private statusOf(key: string): WrittenStatus | undefined {
    const status = this.parts.controlPlane.objects.status(key);
    if (status === undefined || !('addresses' in status)) return status;
    return statusWithFacts(status, this.gateways.facts(key.slice('Gateway/'.length)));
  }
}
