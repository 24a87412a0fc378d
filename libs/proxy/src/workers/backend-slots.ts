// SPDX-License-Identifier: Apache-2.0
import type { Resource, ResourceName } from '@weir/policy/snapshot';
import { breakerWordAt, createSlotAllocator, resetBackendSlot, stateOf } from '@weir/resilience';
import type { BreakerState, SlotAllocator } from '@weir/resilience';
import { createRegistry } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import { backendGroupName } from '../engine/backend-group-name.ts';

/** Places of backends in the memory in which their breakers and limits are. */
export type NamedSlots = readonly (readonly [backend: ResourceName, slot: number])[];

export interface BackendSlotsInit {
  readonly memory: SharedArrayBuffer;
  readonly workerCount: number;
  /** Backends that the memory has room for. */
  readonly capacity: number;
}

/** As numbers, the worse the higher. */
const STATE_NUMBERS: Readonly<Record<BreakerState, number>> = { closed: 0, halfOpen: 1, open: 2 };

/** Gives each backend that has a breaker or limits its place in the memory of all workers, on the main thread. */
export class BackendSlots {
  private readonly init: BackendSlotsInit;
  private readonly allocator: SlotAllocator;
  private readonly held = new Map<ResourceName, { readonly slot: number; readonly group: string; hasBreaker: boolean }>();

  constructor(init: BackendSlotsInit) {
    this.init = init;
    this.allocator = createSlotAllocator(init.capacity);
  }

  get all(): NamedSlots {
    return [...this.held].map(([name, { slot }]) => [name, slot]);
  }

  /** The states of the breakers that all workers share. */
  dump(): MetricsDump {
    const { memory, workerCount } = this.init;
    const registry = createRegistry();
    for (const { slot, group, hasBreaker } of this.held.values()) {
      const word = hasBreaker ? breakerWordAt(memory, slot, workerCount) : undefined;
      if (word === undefined) continue;
      const gauge = registry.gauge('weir_circuit_breaker_state', [group]);
      // A port that is called in several ways has several: one that is open is not hidden by another.
      gauge.set(Math.max(gauge.value, STATE_NUMBERS[stateOf(word)]));
    }
    return registry.dump();
  }

  /** The place of a backend that needs one and had none; undefined = there is nothing new. */
  record(resource: Resource): readonly [ResourceName, number] | undefined {
    if (resource.kind !== 'backend') return undefined;
    const { name, circuitBreaker, connectionLimits } = resource;
    if (circuitBreaker === undefined && connectionLimits === undefined) {
      this.remove(name);
      return undefined;
    }
    const hasBreaker = circuitBreaker !== undefined;
    const held = this.held.get(name);
    if (held !== undefined) {
      held.hasBreaker = hasBreaker;
      return undefined;
    }
    const slot = this.allocator.acquire(name);
    resetBackendSlot(this.init.memory, slot, this.init.workerCount);
    this.held.set(name, { slot, group: backendGroupName(resource), hasBreaker });
    return [name, slot];
  }

  remove(name: ResourceName): void {
    if (this.held.delete(name)) this.allocator.release(name);
  }
}
