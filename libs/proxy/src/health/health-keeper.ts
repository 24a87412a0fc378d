// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random, Timer } from '@weir/base';
import type { Backend, ResourceName, Transaction } from '@weir/policy/snapshot';
import { GroupKeeper } from '@weir/resilience';
import type { HealthChange, HealthMemory } from '@weir/resilience';
import { createRegistry } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import { endpointKey } from '../engine/endpoint-key.ts';
import { ActiveChecks } from './active-checks.ts';
import type { CheckResult } from './active-checks.ts';
import { CheckCredentials } from './check-credentials.ts';
import { probe } from './probe.ts';
import type { Probe } from './probe.ts';
import { backendGroupName } from '../engine/backend-group-name.ts';
import { servedBackends } from '../split/revision-backends.ts';

/** What has become of the endpoints of one backend, for people. */
export interface EndpointReport {
  /** `namespace/service:port`. */
  readonly backend: string;
  /** At least one. `detail`: what the last check of an unhealthy one found. */
  readonly changes: readonly (HealthChange & { readonly detail?: string })[];
  readonly availableCount: number;
  readonly count: number;
}

export interface HealthKeeperOptions {
  readonly clock: Clock;
  readonly random: Random;
  onChanged(report: EndpointReport): void;
  /** Asks an endpoint; the network unless a test brings another. */
  readonly probe?: Probe;
}

/** How often the main thread looks at what workers have ejected, and whose time is over. */
const TICK_MS = 100;

/** A group with the backends that share it: one Service's port, for HTTP/1.1 as for gRPC. */
interface KeptGroup {
  readonly keeper: GroupKeeper;
  readonly backends: Map<ResourceName, Backend>;
}

/** The main thread's part in the health of endpoints: memory for the workers, health checks, and all that takes time. */
export class HealthKeeper {
  private readonly options: HealthKeeperOptions;
  private readonly groups = new Map<string, KeptGroup>();
  private readonly labels = new Map<ResourceName, string>();
  /** What each backend runs as: itself, or its two revisions. */
  private readonly served = new Map<ResourceName, readonly ResourceName[]>();
  private readonly credentials: CheckCredentials;
  private readonly checks: ActiveChecks;
  private readonly registry = createRegistry();
  private ticking: Timer | undefined;

  constructor(options: HealthKeeperOptions) {
    this.options = options;
    const { clock, random } = options;
    this.credentials = new CheckCredentials(clock);
    this.checks = new ActiveChecks({
      clock,
      random,
      probe: options.probe ?? probe,
      preambleOf: (checked, check) => this.credentials.preambleOf(checked, check),
      onResult: result => this.onResult(result),
    });
  }

  /** Takes a transaction over; the memory of the groups that it changes, for the workers. */
  record(transaction: Transaction): readonly HealthMemory[] {
    this.credentials.take(transaction);
    const touched = new Set<string>();
    for (const resource of transaction.upserts) {
      if (resource.kind !== 'backend') continue;
      this.dropAll(resource.name, touched);
      if (resource.health === undefined) continue;
      const served = servedBackends(resource);
      this.served.set(
        resource.name,
        served.map(({ name }) => name),
      );
      for (const one of served) this.add(one, touched);
    }
    for (const name of transaction.removes) this.dropAll(name, touched);
    return [...touched].map(label => this.settle(label));
  }

  /** The memory of all groups, for a worker that has none yet. */
  whole(): readonly HealthMemory[] {
    return [...this.groups.values()].map(({ keeper }) => keeper.memory);
  }

  dump(): MetricsDump {
    return [...this.registry.dump(), ...gaugesOf([...this.groups.values()])];
  }

  close(): void {
    this.ticking?.cancel();
    this.checks.close();
  }

  private add(backend: Backend, touched: Set<string>): void {
    const { name, health } = backend;
    const label = backendGroupName(backend);
    if (health === undefined) return;
    const group = this.groups.get(label) ?? {
      keeper: new GroupKeeper(label, health, this.options.clock.nowMs()),
      backends: new Map<ResourceName, Backend>(),
    };
    group.backends.set(name, backend);
    this.groups.set(label, group);
    this.labels.set(name, label);
    touched.add(label);
    this.ticking ??= this.options.clock.every(TICK_MS, () => this.tick());
  }

  private dropAll(backend: ResourceName, touched: Set<string>): void {
    for (const name of this.served.get(backend) ?? []) this.drop(name, touched);
    this.served.delete(backend);
  }

  private drop(name: ResourceName, touched: Set<string>): void {
    const label = this.labels.get(name);
    if (label === undefined) return;
    this.labels.delete(name);
    this.groups.get(label)?.backends.delete(name);
    touched.add(label);
  }

  /** Brings a group to what its backends say now. */
  private settle(label: string): HealthMemory {
    const group = this.groups.get(label);
    const backends = [...(group?.backends.values() ?? [])].sort((left, right) => (left.name < right.name ? -1 : 1));
    const health = backends[0]?.health;
    const endpoints = new Map(
      backends.flatMap(backend => backend.endpoints.map(endpoint => [endpointKey(endpoint), { endpoint, backend }] as const)),
    );
    this.checks.set(label, health?.check === undefined ? new Map() : endpoints);
    if (group === undefined || health === undefined) {
      this.groups.delete(label);
      return { label, group: NOTHING, cells: [] };
    }
    this.report(group, group.keeper.update([...endpoints.keys()], health, this.options.clock.nowMs()));
    return group.keeper.memory;
  }

  private tick(): void {
    const nowMs = this.options.clock.nowMs();
    for (const group of this.groups.values()) this.report(group, group.keeper.tick(nowMs));
  }

  private onResult({ label, endpoint, isHealthy, hasSucceeded, detail }: CheckResult): void {
    this.registry.counter('weir_health_checks_total', [label, hasSucceeded ? 'success' : 'failure']).add(1);
    const group = this.groups.get(label);
    const change = group?.keeper.setHealthy(endpoint, isHealthy, this.options.clock.nowMs());
    if (group !== undefined && change !== undefined) this.report(group, [{ ...change, detail }]);
  }

  private report({ keeper }: KeptGroup, changes: EndpointReport['changes']): void {
    if (changes.length === 0) return;
    const { label, counts } = keeper;
    for (const { reason } of changes) {
      if (reason !== undefined) this.registry.counter('weir_endpoint_ejections_total', [label, reason]).add(1);
    }
    const count = counts.available + counts.ejected + counts.unhealthy;
    this.options.onChanged({ backend: label, changes, availableCount: counts.available, count });
  }
}

const NOTHING = new SharedArrayBuffer(0);

/** Made anew each time: a backend that is gone has none, so that names that come and go use up no series. */
function gaugesOf(groups: readonly KeptGroup[]): MetricsDump {
  const registry = createRegistry();
  for (const { keeper } of groups) {
    for (const state of ['available', 'ejected', 'unhealthy'] as const) {
      registry.gauge('weir_endpoints', [keeper.label, state]).set(keeper.counts[state]);
    }
  }
  return registry.dump();
}
