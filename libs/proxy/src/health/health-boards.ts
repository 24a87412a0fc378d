// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { backendGroupName } from '../engine/backend-group-name.ts';
import type { Backend } from '@weir/policy/snapshot';
import { EndpointCell, HealthGroup } from '@weir/resilience';
import type { HealthMemory } from '@weir/resilience';
import { endpointKey } from '../engine/endpoint-key.ts';
import { BackendHealth } from './backend-health.ts';

interface Board {
  readonly group: HealthGroup;
  readonly cells: ReadonlyMap<string, EndpointCell>;
}

/** What a worker was given of the memory in which all threads keep the health of endpoints. */
export class HealthBoards {
  private readonly boards = new Map<string, Board>();
  private readonly clock: Pick<Clock, 'nowMs'>;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.clock = clock;
  }

  /** Takes groups that have changed; before the backends that are made of them. */
  learn(memories: readonly HealthMemory[]): void {
    for (const { label, group, cells } of memories) {
      if (cells.length === 0) this.boards.delete(label);
      else this.boards.set(label, boardFrom(group, cells));
    }
  }

  /** Undefined where nobody asks how its endpoints are, or the main thread keeps nothing of them. */
  of(backend: Backend): BackendHealth | undefined {
    const { health, endpoints } = backend;
    const board = this.boards.get(backendGroupName(backend));
    if (health === undefined || board === undefined) return undefined;
    const cells = endpoints.flatMap(endpoint => board.cells.get(endpointKey(endpoint)) ?? []);
    if (cells.length !== endpoints.length) return undefined;
    return new BackendHealth(health, { group: board.group, cells, clock: this.clock });
  }
}

function boardFrom(group: SharedArrayBuffer, cells: HealthMemory['cells']): Board {
  return {
    group: new HealthGroup(group),
    cells: new Map(cells.map(([endpoint, memory]) => [endpoint, new EndpointCell(memory)])),
  };
}
