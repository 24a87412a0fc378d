// SPDX-License-Identifier: Apache-2.0
import type { EndpointHealth, OutlierDetection } from '@weir/policy/snapshot';
import type { EjectionReason } from './endpoint-cell.ts';
import type { HealthChange } from './health-change.ts';
import { createGroupMemory, ejectionPlaces, HealthGroup } from './health-group.ts';
import { KeptEndpoint } from './kept-endpoint.ts';
import { latencyOutliers, successRateOutliers } from './outlier-statistics.ts';

/** The memory of a group and its endpoints, for a worker. */
export interface HealthMemory {
  /** Of the backends that share it. */
  readonly label: string;
  readonly group: SharedArrayBuffer;
  /** Empty = the group is no more. */
  readonly cells: readonly (readonly [endpoint: string, memory: SharedArrayBuffer])[];
}

/** How many endpoints there are of each kind; one that is ejected counts as that, whatever checks say. */
export interface HealthCounts {
  readonly available: number;
  readonly ejected: number;
  readonly unhealthy: number;
}

/** The endpoints of a Service's port on the main thread: takes note of ejections, ends them, lets shares grow, compares. */
export class GroupKeeper {
  readonly label: string;
  readonly #memory = createGroupMemory();
  readonly #group = new HealthGroup(this.#memory);
  readonly #endpoints = new Map<string, KeptEndpoint>();
  #health: EndpointHealth;
  #seenGeneration = 0;
  #comparedMs: number;

  constructor(label: string, health: EndpointHealth, nowMs: number) {
    this.label = label;
    this.#health = health;
    this.#comparedMs = nowMs;
  }

  get memory(): HealthMemory {
    return {
      label: this.label,
      group: this.#memory,
      cells: [...this.#endpoints.values()].map(({ name, memory }) => [name, memory] as const),
    };
  }

  get counts(): HealthCounts {
    const cells = [...this.#endpoints.values()].map(({ cell }) => cell);
    const ejected = cells.filter(({ ejection }) => ejection !== undefined).length;
    const available = cells.filter(({ isAvailable }) => isAvailable).length;
    return { available, ejected, unhealthy: cells.length - ejected - available };
  }

  /** Takes the endpoints and settings that hold from now on. Those that come to others that were there before begin slowly. */
  update(names: readonly string[], health: EndpointHealth, nowMs: number): readonly HealthChange[] {
    this.#health = health;
    const isFirst = this.#endpoints.size === 0;
    const kept = new Set(names);
    for (const [name, { cell }] of this.#endpoints) {
      if (kept.has(name)) continue;
      cell.retire(this.#group);
      this.#endpoints.delete(name);
    }
    for (const name of kept) {
      if (this.#endpoints.has(name)) continue;
      const endpoint = new KeptEndpoint(name);
      this.#endpoints.set(name, endpoint);
      if (!isFirst) endpoint.beginRamp(nowMs, health.slowStartMs);
    }
    if (health.check === undefined) for (const { cell } of this.#endpoints.values()) cell.setHealthy(true, this.#group);
    this.#countRamping();
    return this.#readmitExcess();
  }

  /** Notes what health checks found; undefined = nothing that was not known, or no endpoint of the group. */
  setHealthy(name: string, isHealthy: boolean, nowMs: number): HealthChange | undefined {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined || endpoint.cell.isHealthy === isHealthy) return undefined;
    endpoint.cell.setHealthy(isHealthy, this.#group);
    if (isHealthy) this.#beginRamp(endpoint, nowMs);
    return { endpoint: name, kind: isHealthy ? 'healthy' : 'unhealthy' };
  }

  /** Does what is due; to be called several times a second. */
  tick(nowMs: number): readonly HealthChange[] {
    const { outliers, slowStartMs } = this.#health;
    if (this.#group.rampingCount > 0) {
      for (const endpoint of this.#endpoints.values()) endpoint.ramp(nowMs, slowStartMs);
      this.#countRamping();
    }
    if (outliers === undefined) return [];
    const changes = [...this.#noteEjections(outliers, nowMs), ...this.#readmitDue(nowMs)];
    if (nowMs - this.#comparedMs < outliers.intervalMs) return changes;
    this.#comparedMs = nowMs;
    for (const endpoint of this.#endpoints.values()) endpoint.forgive();
    this.#compare(outliers);
    return [...changes, ...this.#noteEjections(outliers, nowMs)];
  }

  #noteEjections(outliers: OutlierDetection, nowMs: number): readonly HealthChange[] {
    const { generation } = this.#group;
    if (generation === this.#seenGeneration) return [];
    this.#seenGeneration = generation;
    return [...this.#endpoints.values()].flatMap(endpoint => endpoint.noteEjection(outliers, nowMs) ?? []);
  }

  #readmitDue(nowMs: number): readonly HealthChange[] {
    if (this.#group.ejectedCount === 0) return [];
    return [...this.#endpoints.values()].flatMap(endpoint => {
      if (endpoint.ejectedUntilMs === undefined || nowMs < endpoint.ejectedUntilMs) return [];
      const change = endpoint.readmit(this.#group);
      this.#beginRamp(endpoint, nowMs);
      return [change];
    });
  }

  /** Fewer endpoints, or other settings, may leave fewer places than are taken: who would come back first does so now. */
  #readmitExcess(): readonly HealthChange[] {
    const { outliers } = this.#health;
    const allowed = outliers === undefined ? 0 : ejectionPlaces(this.#endpoints.size, outliers.maxEjectionPercent);
    const ejected = [...this.#endpoints.values()].filter(({ cell }) => cell.ejection !== undefined);
    const excess = Math.max(0, ejected.length - allowed);
    return ejected
      .toSorted((left, right) => (left.ejectedUntilMs ?? Infinity) - (right.ejectedUntilMs ?? Infinity))
      .slice(0, excess)
      .map(endpoint => endpoint.readmit(this.#group));
  }

  #compare({ successRate, latency, maxEjectionPercent }: OutlierDetection): void {
    if (successRate === undefined && latency === undefined) return;
    const samples = [...this.#endpoints.values()].map(endpoint => ({ endpoint: endpoint.name, counts: endpoint.takeCounts() }));
    const allowed = ejectionPlaces(this.#endpoints.size, maxEjectionPercent);
    const eject = (names: readonly string[], reason: EjectionReason): void => {
      for (const name of names) this.#endpoints.get(name)?.cell.eject(reason, this.#group, allowed);
    };
    if (successRate !== undefined) eject(successRateOutliers(samples, successRate), 'success_rate');
    if (latency !== undefined) eject(latencyOutliers(samples, latency), 'latency');
  }

  #beginRamp(endpoint: KeptEndpoint, nowMs: number): void {
    endpoint.beginRamp(nowMs, this.#health.slowStartMs);
    this.#countRamping();
  }

  #countRamping(): void {
    this.#group.setRampingCount([...this.#endpoints.values()].filter(({ isRamping }) => isRamping).length);
  }
}
