// SPDX-License-Identifier: Apache-2.0
import { References } from '../access/reference.ts';
import type { PolicyEdit, Reference } from '../access/reference.ts';
import type { RateCounters } from '../rate-limit/rate-counters.ts';
import { RunningLimits } from '../rate-limit/running-limits.ts';
import type { Resource, ResourceName, TrafficCalls, TrafficLimits } from '@weir/policy/snapshot';

type TrafficResource = TrafficCalls | TrafficLimits;

/** All traffic policies of a worker. What refers to one by name goes on with the new one when it changes. */
export class TrafficStore {
  private readonly callsByName = new References<TrafficCalls>();
  private readonly limitsByName = new References<RunningLimits>();
  private readonly counters: RateCounters;

  constructor(counters: RateCounters) {
    this.counters = counters;
  }

  calls(name: ResourceName): Reference<TrafficCalls> {
    return this.callsByName.of(name);
  }

  limits(name: ResourceName): Reference<RunningLimits> {
    return this.limitsByName.of(name);
  }

  /** Compiles a resource; throws where it cannot be run. */
  prepare(resource: TrafficResource, edit: PolicyEdit): void {
    const { name } = resource;
    if (resource.kind === 'trafficCalls') {
      edit.set(name, () => (this.callsByName.of(name).current = resource));
      return;
    }
    const limits = new RunningLimits(resource, this.counters);
    edit.set(name, () => (this.limitsByName.of(name).current = limits));
  }

  prepareRemoval(name: ResourceName, edit: PolicyEdit): void {
    const table = [this.callsByName, this.limitsByName].find(one => one.has(name));
    if (table !== undefined) edit.set(name, () => (table.of(name).current = undefined));
  }

  commit(edit: PolicyEdit): void {
    if (edit.size === 0) return;
    for (const apply of edit.values()) apply();
    this.counters.retainStores([...this.limitsByName.all()].flatMap(({ current }) => current?.stores ?? []));
  }
}

export function isTrafficResource(resource: Resource): resource is TrafficResource {
  return resource.kind === 'trafficCalls' || resource.kind === 'trafficLimits';
}

/** Whether a resource has limits that are counted outside of the process. */
export function needsRateStores(resource: Resource): boolean {
  return resource.kind === 'trafficLimits' && resource.rateLimits.some(({ shared }) => shared !== undefined);
}
