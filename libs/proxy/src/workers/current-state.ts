// SPDX-License-Identifier: Apache-2.0
import type { Backend, Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { createSlotAllocator } from '@weir/resilience';
import type { SlotAllocator } from '@weir/resilience';
import { endpointKey } from '../engine/endpoint-key.ts';
import type { EndpointSlots } from '../engine/engine-contract.ts';
import { servedBackends } from '../split/revision-backends.ts';
import type { BackendSlots } from './backend-slots.ts';
import type { Update } from './worker-messages.ts';

/** What this knows of an update. */
type Step = Pick<Update, 'backendSlots' | 'slots' | 'transaction'>;

/** All resources that workers should have, and the slots of their endpoints in the shared loads: what a new worker is told. */
export class CurrentState {
  private readonly resources = new Map<ResourceName, Resource>();
  private readonly endpoints = new Map<string, HeldSlot>();
  private readonly allocator: SlotAllocator;
  private readonly backends: BackendSlots;
  /** Backends with a split. */
  private readonly splits = new Set<ResourceName>();
  private current = 0;

  /** `capacity`: endpoints that the shared loads have room for; `backends`: places of those with breakers or limits. */
  constructor(capacity: number, backends: BackendSlots) {
    this.allocator = createSlotAllocator(capacity);
    this.backends = backends;
  }

  /** Version of the last transaction; 0 before the first. */
  get version(): number {
    return this.current;
  }

  get resourceCount(): number {
    return this.resources.size;
  }

  /** Whether calls of any backend are divided between two revisions. */
  get hasSplits(): boolean {
    return this.splits.size > 0;
  }

  /** Takes a transaction over and adds the slots of the endpoints that it brings. */
  record(transaction: Transaction): Step {
    this.current = transaction.version;
    const slots = new Map<string, number>();
    const backendSlots: (readonly [ResourceName, number])[] = [];
    for (const resource of transaction.upserts) {
      const previous = this.resources.get(resource.name);
      // First the new holds, then the old ones go: an endpoint in both keeps its slot.
      if (resource.kind === 'backend') this.acquire(resource, slots);
      if (previous?.kind === 'backend') this.release(previous);
      backendSlots.push(...this.backends.record(resource));
      if (resource.kind === 'backend' && resource.split !== undefined) this.splits.add(resource.name);
      else this.splits.delete(resource.name);
      this.resources.set(resource.name, resource);
    }
    for (const name of transaction.removes) {
      const previous = this.resources.get(name);
      if (previous?.kind === 'backend') this.release(previous);
      this.backends.remove(name);
      this.splits.delete(name);
      this.resources.delete(name);
    }
    return { transaction, slots: [...slots], backendSlots };
  }

  /** Everything, for a worker that has nothing yet. */
  whole(): Step {
    const slots: EndpointSlots = [...this.endpoints].map(([endpoint, { slot }]) => [endpoint, slot]);
    const transaction = { version: this.current, upserts: [...this.resources.values()], removes: [] };
    return { transaction, slots, backendSlots: this.backends.all };
  }

  private acquire(backend: Backend, assigned: Map<string, number>): void {
    for (const endpoint of endpointKeysOf(backend)) {
      const slot = this.allocator.acquire(endpoint);
      const held = this.endpoints.get(endpoint);
      if (held !== undefined) {
        held.holds += 1;
        continue;
      }
      this.endpoints.set(endpoint, { slot, holds: 1 });
      assigned.set(endpoint, slot);
    }
  }

  private release(backend: Backend): void {
    for (const endpoint of endpointKeysOf(backend)) {
      this.allocator.release(endpoint);
      const held = this.endpoints.get(endpoint);
      if (held === undefined) continue;
      held.holds -= 1;
      if (held.holds === 0) this.endpoints.delete(endpoint);
    }
  }
}

/** Of both revisions where calls are divided between two. */
function endpointKeysOf(backend: Backend): readonly string[] {
  return servedBackends(backend).flatMap(({ endpoints }) => endpoints.map(endpointKey));
}

interface HeldSlot {
  readonly slot: number;
  holds: number;
}
