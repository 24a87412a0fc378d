// SPDX-License-Identifier: Apache-2.0
import { References } from '../access/reference.ts';
import type { PolicyEdit, Reference } from '../access/reference.ts';
import { RunningConcurrencyLimits } from '../concurrency-limit/running-concurrency.ts';
import { RunningFaults } from '../fault-injection/running-faults.ts';
import type { FilterContext } from '../filter-context.ts';
import { RunningLimits } from '../rate-limit/running-limits.ts';
import type { Resource, ResourceName, TrafficCalls, TrafficLimits } from '@weir/policy/snapshot';

/** What limits are counted with. */
export type TrafficPorts = Pick<FilterContext, 'concurrencyGate' | 'rateCounters'>;

type TrafficResource = TrafficCalls | TrafficLimits;

/** All traffic policies of a worker. What refers to one by name goes on with the new one when it changes. */
export class TrafficStore {
  private readonly callsByName = new References<TrafficCalls>();
  private readonly limitsByName = new References<RunningLimits>();
  private readonly concurrencyByName = new References<RunningConcurrencyLimits>();
  private readonly faultsByName = new References<RunningFaults>();
  private readonly ports: TrafficPorts;

  constructor(ports: TrafficPorts) {
    this.ports = ports;
  }

  calls(name: ResourceName): Reference<TrafficCalls> {
    return this.callsByName.of(name);
  }

  limits(name: ResourceName): Reference<RunningLimits> {
    return this.limitsByName.of(name);
  }

  concurrency(name: ResourceName): Reference<RunningConcurrencyLimits> {
    return this.concurrencyByName.of(name);
  }

  faults(name: ResourceName): Reference<RunningFaults> {
    return this.faultsByName.of(name);
  }

  /** Compiles a resource; throws where it cannot be run. */
  prepare(resource: TrafficResource, edit: PolicyEdit): void {
    const { name } = resource;
    if (resource.kind === 'trafficCalls') {
      edit.set(name, () => (this.callsByName.of(name).current = resource));
      return;
    }
    const { rateCounters, concurrencyGate } = this.ports;
    const limits = new RunningLimits(resource, rateCounters);
    const concurrency = new RunningConcurrencyLimits(resource, concurrencyGate);
    const faults = new RunningFaults(resource);
    edit.set(name, () => {
      this.limitsByName.of(name).current = limits;
      this.concurrencyByName.of(name).current = concurrency;
      this.faultsByName.of(name).current = faults;
    });
  }

  prepareRemoval(name: ResourceName, edit: PolicyEdit): void {
    const all = [this.callsByName, this.limitsByName, this.concurrencyByName, this.faultsByName];
    const tables = all.filter(table => table.has(name));
    if (tables.length > 0) edit.set(name, () => tables.forEach(table => (table.of(name).current = undefined)));
  }

  commit(edit: PolicyEdit): void {
    if (edit.size === 0) return;
    for (const apply of edit.values()) apply();
    this.ports.rateCounters.retainStores([...this.limitsByName.all()].flatMap(({ current }) => current?.stores ?? []));
  }
}

export function isTrafficResource(resource: Resource): resource is TrafficResource {
  return resource.kind === 'trafficCalls' || resource.kind === 'trafficLimits';
}

/** Whether a resource has limits that are counted outside of the process. */
export function needsRateStores(resource: Resource): boolean {
  return resource.kind === 'trafficLimits' && resource.rateLimits.some(({ shared }) => shared !== undefined);
}
