// SPDX-License-Identifier: Apache-2.0
import type { Backend, Resource, ResourceName } from '@weir/policy/snapshot';
import { breakerWordAt, createSlotAllocator, resetBackendSlot, stateOf } from '@weir/resilience';
import type { BreakerState, SlotAllocator } from '@weir/resilience';
import { createRegistry } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import { backendGroupName } from '../engine/backend-group-name.ts';
import { fuseName, servedBackends } from '../split/revision-backends.ts';

/** Places of backends in the memory in which their breakers and limits are. */
export type NamedSlots = readonly (readonly [backend: ResourceName, slot: number])[];

export interface BackendSlotsInit {
  readonly memory: SharedArrayBuffer;
  readonly workerCount: number;
  /** Backends that the memory has room for. */
  readonly capacity: number;
}

/** What of a place is told in metrics; undefined = nothing. */
type ToldState = 'breaker' | 'fuse' | undefined;

interface HeldPlace {
  readonly slot: number;
  readonly group: string;
  tells: ToldState;
  /** The fuse of a port is held by each way to call it. */
  holds: number;
}

/** As numbers, the worse the higher. */
const STATE_NUMBERS: Readonly<Record<BreakerState, number>> = { closed: 0, halfOpen: 1, open: 2 };

/** Gives each backend that has a breaker or limits its place in the memory of all workers, on the main thread. */
export class BackendSlots {
  private readonly init: BackendSlotsInit;
  private readonly allocator: SlotAllocator;
  private readonly held = new Map<ResourceName, HeldPlace>();
  /** What each backend holds. */
  private readonly byBackend = new Map<ResourceName, readonly ResourceName[]>();

  constructor(init: BackendSlotsInit) {
    this.init = init;
    this.allocator = createSlotAllocator(init.capacity);
  }

  get all(): NamedSlots {
    return [...this.held].map(([name, { slot }]) => [name, slot]);
  }

  /** The states of the breakers and fuses that all workers share. */
  dump(): MetricsDump {
    const { memory, workerCount } = this.init;
    const registry = createRegistry();
    for (const { slot, group, tells } of this.held.values()) {
      const word = tells === undefined ? undefined : breakerWordAt(memory, slot, workerCount);
      if (word === undefined) continue;
      const gauge = registry.gauge(tells === 'fuse' ? 'weir_split_fuse_blown' : 'weir_circuit_breaker_state', [group]);
      const state = STATE_NUMBERS[stateOf(word)];
      // A port that is called in several ways has several: one that is open is not hidden by another.
      gauge.set(Math.max(gauge.value, tells === 'fuse' ? Math.min(state, 1) : state));
    }
    return registry.dump();
  }

  /** The places that a backend needs and had not: its own or its revisions', and its fuse's. */
  record(resource: Resource): NamedSlots {
    if (resource.kind !== 'backend') return NO_SLOTS;
    const needs = needsOf(resource);
    const previous = this.byBackend.get(resource.name);
    if (needs.length === 0 && previous === undefined) return NO_SLOTS;
    const added = needs.flatMap(need => this.hold(need));
    // First the new holds: what was there before keeps its place, and what takes the place of something gets another one.
    for (const name of previous ?? []) this.release(name);
    if (needs.length === 0) this.byBackend.delete(resource.name);
    else {
      this.byBackend.set(
        resource.name,
        needs.map(({ name }) => name),
      );
    }
    return added;
  }

  remove(backend: ResourceName): void {
    for (const name of this.byBackend.get(backend) ?? []) this.release(name);
    this.byBackend.delete(backend);
  }

  private hold({ name, group, tells }: Need): NamedSlots {
    const slot = this.allocator.acquire(name);
    const held = this.held.get(name);
    if (held !== undefined) {
      held.holds += 1;
      held.tells = tells;
      return NO_SLOTS;
    }
    resetBackendSlot(this.init.memory, slot, this.init.workerCount);
    this.held.set(name, { slot, group, tells, holds: 1 });
    return [[name, slot]];
  }

  private release(name: ResourceName): void {
    const held = this.held.get(name);
    if (held === undefined) return;
    this.allocator.release(name);
    held.holds -= 1;
    if (held.holds === 0) this.held.delete(name);
  }
}

const NO_SLOTS: NamedSlots = [];

/** What has a place. */
interface Need {
  readonly name: ResourceName;
  readonly group: string;
  readonly tells: ToldState;
}

function needsOf(backend: Backend): readonly Need[] {
  const needs = servedBackends(backend)
    .filter(({ circuitBreaker, connectionLimits }) => circuitBreaker !== undefined || connectionLimits !== undefined)
    .map((served): Need => ({
      name: served.name,
      group: backendGroupName(served),
      tells: served.circuitBreaker === undefined ? undefined : 'breaker',
    }));
  const { split } = backend;
  if (split?.fuse === undefined) return needs;
  return [...needs, { name: fuseName(backend, split), group: backend.label, tells: 'fuse' }];
}
