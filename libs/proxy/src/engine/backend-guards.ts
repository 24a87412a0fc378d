// SPDX-License-Identifier: Apache-2.0
import type { Clock, Layer } from '@weir/base';
import type { Backend, ConnectionLimits, FuseSpec, ResourceName } from '@weir/policy/snapshot';
import {
  CircuitBreaker,
  COLUMN,
  ConnectionGate,
  createBreakerLayer,
  createParallelLimitLayer,
  Fuse,
  SharedCount,
} from '@weir/resilience';
import type { BackendCells, BackendMemory } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import { backendGroupName } from './backend-group-name.ts';

/** What stands around the calls of a backend; nothing, of most. */
export interface BackendGuard {
  /** Outermost first. */
  readonly layers: readonly Layer[];
  /** Undefined = as many connections as each endpoint may have. */
  readonly gate: ConnectionGate | undefined;
  /** Call once, when the backend is no longer used. */
  readonly leave: () => void;
}

export interface EnteredFuse {
  readonly fuse: Fuse;
  /** Call once, when the split is no longer used. */
  readonly leave: () => void;
}

export interface BackendGuardsInit {
  readonly memory: BackendMemory;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'backendRefused' | 'breakerChanged'>;
}

/** What of a backend outlives changes of its endpoints and settings. */
interface Guarded {
  readonly slot: number;
  readonly cells: BackendCells;
  gate: ConnectionGate | undefined;
  userCount: number;
}

const UNGUARDED: BackendGuard = { layers: [], gate: undefined, leave: () => undefined };

/** The breakers and limits of backends, in memory that all workers share, by the backends' names. */
export class BackendGuards {
  private readonly init: BackendGuardsInit;
  private readonly slots = new Map<ResourceName, number>();
  private readonly guarded = new Map<ResourceName, Guarded>();

  constructor(init: BackendGuardsInit) {
    this.init = init;
  }

  /** Notes where the main thread placed backends in the shared memory. */
  learnSlots(slots: readonly (readonly [backend: ResourceName, slot: number])[]): void {
    for (const [name, slot] of slots) this.slots.set(name, slot);
  }

  /** The guard of a backend that is to be used. */
  enter(backend: Backend): BackendGuard {
    const { circuitBreaker, connectionLimits, name } = backend;
    if (circuitBreaker === undefined && connectionLimits === undefined) return UNGUARDED;
    const guarded = this.guardedOf(name);
    guarded.userCount++;
    const layers = this.layersOf(backend, guarded.cells);
    return { layers, gate: this.gateOf(backend, guarded), leave: () => this.leave(name, guarded) };
  }

  /** What takes a split's candidate out: one for all workers, by its name. */
  enterFuse(name: ResourceName, spec: FuseSpec): EnteredFuse {
    const guarded = this.guardedOf(name);
    guarded.userCount++;
    const fuse = new Fuse({ ...spec, clock: this.init.clock, cells: guarded.cells });
    return { fuse, leave: () => this.leave(name, guarded) };
  }

  /** Called a few times a second. */
  sweep(nowMs: number): void {
    for (const { gate } of this.guarded.values()) gate?.sweep(nowMs);
  }

  /** A backend that had lost its place meanwhile has another one now, and the former may be somebody else's. */
  private guardedOf(name: ResourceName): Guarded {
    const slot = this.slots.get(name) ?? -1;
    const known = this.guarded.get(name);
    if (known?.slot === slot) return known;
    const guarded = { slot, cells: this.init.memory.at(slot), gate: undefined, userCount: 0 };
    this.guarded.set(name, guarded);
    return guarded;
  }

  private leave(name: ResourceName, guarded: Guarded): void {
    guarded.userCount--;
    if (guarded.userCount > 0 || this.guarded.get(name) !== guarded) return;
    this.guarded.delete(name);
    this.slots.delete(name);
  }

  /** The number of requests first: those that are refused for it say nothing of the backend. */
  private layersOf(backend: Backend, cells: BackendCells): readonly Layer[] {
    const { label, circuitBreaker, connectionLimits } = backend;
    const group = backendGroupName(backend);
    const { clock, telemetry } = this.init;
    const layers: Layer[] = [];
    const max = connectionLimits?.maxParallelRequests;
    if (max !== undefined) {
      const count = new SharedCount(cells, COLUMN.inFlight);
      const onRefused = (): void => telemetry.backendRefused(group, 'parallel_requests');
      layers.push(createParallelLimitLayer({ count, max, label, onRefused }));
    }
    if (circuitBreaker !== undefined) {
      const onChange = (state: 'closed' | 'halfOpen' | 'open'): void => telemetry.breakerChanged(group, state);
      const breaker = new CircuitBreaker({ ...circuitBreaker, clock, cells, onChange });
      const onRefused = (): void => telemetry.backendRefused(group, 'circuit_open');
      layers.push(createBreakerLayer({ breaker, label, onRefused }));
    }
    return layers;
  }

  /** The same one as long as its limits are the same: pools are kept apart by it. */
  private gateOf(backend: Backend, guarded: Guarded): ConnectionGate | undefined {
    const { name, connectionLimits } = backend;
    const gateName = connectionLimits === undefined ? undefined : nameOfGate(name, connectionLimits);
    if (guarded.gate?.name !== gateName) {
      guarded.gate = this.createGate(gateName, { group: backendGroupName(backend), connectionLimits, cells: guarded.cells });
    }
    return guarded.gate;
  }

  private createGate(
    name: string | undefined,
    {
      group,
      connectionLimits,
      cells,
    }: Pick<Backend, 'connectionLimits'> & { readonly cells: BackendCells; readonly group: string },
  ): ConnectionGate | undefined {
    const maxConnections = connectionLimits?.maxConnections;
    if (name === undefined || maxConnections === undefined) return undefined;
    return new ConnectionGate({
      name,
      connections: new SharedCount(cells, COLUMN.connections),
      waiting: new SharedCount(cells, COLUMN.waiting),
      maxConnections,
      maxPendingRequests: connectionLimits?.maxPendingRequests ?? 0,
      onRefused: reason => this.init.telemetry.backendRefused(group, reason),
    });
  }
}

function nameOfGate(backend: ResourceName, { maxConnections, maxPendingRequests }: ConnectionLimits): string | undefined {
  return maxConnections === undefined ? undefined : `${backend} ${maxConnections} ${maxPendingRequests}`;
}
