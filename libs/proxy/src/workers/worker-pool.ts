// SPDX-License-Identifier: Apache-2.0
import { setFlagsFromString } from 'node:v8';
import { createSystemRandom } from '@weir/base';
import type { Clock } from '@weir/base';
import type { ResourceName, SplitReport, Transaction } from '@weir/policy/snapshot';
import {
  backendMemoryBytes,
  clearPlaceColumn,
  createPlaceBuffer,
  createRateBuffer,
  sharedLoadsBytes,
  SharedRateTable,
  SWEEP_PERIOD_MS,
  zeroBackendColumn,
  zeroColumn,
} from '@weir/resilience';
import { withoutGauges, mergeDumps } from '@weir/telemetry';
import type { MetricsDump, SamplerSettings, SpanRecord } from '@weir/telemetry';
import type { Rejection } from '../engine/configuration.ts';
import type { EngineSettings } from '../engine/settings.ts';
import type { OpenPort } from '../listen/open-port.ts';
import { HealthKeeper } from '../health/health-keeper.ts';
import type { EndpointReport } from '../health/health-keeper.ts';
import { mergeSplitReports } from '../split/merge-split-reports.ts';
import { CertificateExpiries } from '../tls/certificate-expiries.ts';
import { BackendSlots } from './backend-slots.ts';
import { CurrentState } from './current-state.ts';
import { endTurn, LOG_TURN_BYTES } from './log-turn.ts';
import { OverloadBoard } from './overload-board.ts';
import type { OverloadChange } from './overload-board.ts';
import type { PoolWorker, WorkerStart } from './pool-worker.ts';
import { WorkerHandle } from './worker-handle.ts';
import { clearSpanBacklog, createSpanBacklogs, spanBacklogOf } from './span-backlogs.ts';
import type { WorkerLink } from './worker-handle.ts';
import type { AccessLogSettings, WorkerInit, WorkerReport } from './worker-messages.ts';
import { WorkerSlot } from './worker-slot.ts';
import type { WorkerEnd, WorkerSlotHost } from './worker-slot.ts';

export interface WorkerPoolOptions {
  readonly workerCount: number;
  readonly clock: Clock;
  readonly settings: EngineSettings;
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces. */
  readonly tracing?: PoolTracing | undefined;
  /** A worker ended unasked; another one follows after its delay. */
  onWorkerEnded(end: WorkerEnd): void;
  /** Endpoints are no longer available, or are so again. */
  onEndpointsChanged?(report: EndpointReport): void;
  /** A worker begins to refuse requests, refuses others, or ends that. */
  onOverload(change: OverloadChange): void;
  /** Entry of a worker thread; the product's own unless a test brings another. */
  readonly workerFile?: URL;
  /** Makes a worker; absent = a thread. */
  readonly createWorker?: (init: WorkerInit) => WorkerLink;
}

export interface PoolTracing {
  readonly sampler: SamplerSettings;
  /** Takes spans of all workers; must neither wait nor throw. */
  onSpans(spans: readonly SpanRecord[]): void;
}

/** One worker for people. */
export interface WorkerView {
  readonly index: number;
  readonly isLive: boolean;
  readonly version: number;
  readonly restartCount: number;
  readonly report: WorkerReport | undefined;
}

/** Endpoints whose load all workers see; beyond, each worker counts for itself. 32 KiB a worker. */
const SHARED_ENDPOINT_COUNT = 8192;
/** Backends whose breakers and limits all workers share; beyond, each worker has its own. 192 bytes a worker and backend. */
const GUARDED_BACKEND_COUNT = 4096;
/** Keys of rate limits that are remembered: 1.6 MB that take no memory before they are used. */
const RATE_TABLE_SIZE = { tokenBuckets: 131_072, slidingWindows: 8192 };
/** Keys of concurrency limits that have requests in flight: 192 KiB a worker, that take no memory before they are used. */
const PLACE_KEY_COUNT = 16_384;

/** The worker threads that carry traffic: fed with the same configuration, listening on the same ports, replaced when they end. */
export class WorkerPool implements WorkerSlotHost {
  readonly clock: Clock;
  private readonly options: WorkerPoolOptions;
  private readonly slots: readonly WorkerSlot[];
  private readonly state: CurrentState;
  private hasToldOfSplits = false;
  private readonly backends: BackendSlots;
  private readonly backendMemory: SharedArrayBuffer;
  private readonly ports = new Map<ResourceName, OpenPort>();
  private readonly rejections = new Map<ResourceName, string>();
  private readonly loads: SharedArrayBuffer;
  private readonly health: HealthKeeper;
  private readonly certificates = new CertificateExpiries();
  private readonly places: SharedArrayBuffer;
  private readonly overloads: OverloadBoard;
  private readonly rates = createRateBuffer(RATE_TABLE_SIZE, createSystemRandom());
  private isSweepingRates = false;
  private readonly spanBacklogs: SharedArrayBuffer;
  private readonly logTurn = new SharedArrayBuffer(LOG_TURN_BYTES);
  /** One more than slots: a worker and its replacement live side by side for a while. */
  private readonly columnCount: number;
  private readonly freeColumns: number[];
  private readonly lastDumps = new Map<number, MetricsDump>();
  private endedDump: MetricsDump = [];
  private waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  /** Creates a pool without threads; `start` makes them. */
  constructor(options: WorkerPoolOptions) {
    this.options = options;
    this.clock = options.clock;
    this.health = new HealthKeeper({
      clock: options.clock,
      random: createSystemRandom(),
      onChanged: report => options.onEndpointsChanged?.(report),
    });
    // A nursery is cleared in less time than it takes to wake helpers, which would run on the cores that carry traffic.
    setFlagsFromString('--no-parallel-scavenge');
    this.columnCount = options.workerCount + 1;
    this.spanBacklogs = createSpanBacklogs(this.columnCount);
    this.freeColumns = Array.from({ length: this.columnCount }, (_, column) => column).reverse();
    this.loads = new SharedArrayBuffer(sharedLoadsBytes(SHARED_ENDPOINT_COUNT, this.columnCount));
    this.places = createPlaceBuffer({ keys: PLACE_KEY_COUNT, columnCount: this.columnCount }, createSystemRandom());
    this.overloads = new OverloadBoard(this.columnCount, options);
    this.backendMemory = new SharedArrayBuffer(backendMemoryBytes(GUARDED_BACKEND_COUNT, this.columnCount));
    this.backends = new BackendSlots({
      memory: this.backendMemory,
      workerCount: this.columnCount,
      capacity: GUARDED_BACKEND_COUNT,
    });
    this.state = new CurrentState(SHARED_ENDPOINT_COUNT, this.backends);
    this.slots = Array.from({ length: options.workerCount }, (_, index) => new WorkerSlot(index, this));
  }

  /** Whether every worker serves what the pool was last given. */
  get isComplete(): boolean {
    return this.slots.every(slot => slot.isLive && slot.appliedVersion >= this.state.version);
  }

  get liveCount(): number {
    return this.slots.filter(slot => slot.isLive).length;
  }

  get restartCount(): number {
    return this.slots.reduce((sum, slot) => sum + slot.restartCount, 0);
  }

  /** Starts the threads and resolves when every one serves. Never rejects: a worker that ends is reported and replaced. */
  async start(): Promise<void> {
    for (const slot of this.slots) slot.start();
    await this.until(() => this.isComplete);
  }

  /** Gives a transaction to all workers; resolves when all serve it, with what they could not take. */
  async push(transaction: Transaction): Promise<readonly Rejection[]> {
    const update = { ...this.state.record(transaction), health: this.health.record(transaction) };
    this.certificates.record(transaction);
    if (transaction.upserts.some(({ kind }) => kind === 'trafficLimits')) this.sweepRates();
    for (const { name } of transaction.upserts) this.rejections.delete(name);
    for (const name of transaction.removes) this.rejections.delete(name);
    for (const worker of this.workers()) worker.offer(update);
    await this.until(() => this.slots.every(slot => slot.appliedVersion >= transaction.version));
    return [...this.rejections].map(([resource, reason]) => ({ resource, reason }));
  }

  /** Makes all workers accept on a port; resolves when all do. Throws where one cannot, and then none does. */
  async listen(name: ResourceName, port: OpenPort): Promise<void> {
    this.ports.set(name, port);
    try {
      const live = this.workers().filter(worker => worker.isLive);
      await Promise.all(live.map(worker => worker.listen(name, port)));
    } catch (error) {
      await this.unlisten(name, 0);
      throw error;
    }
  }

  /** Makes all workers stop accepting on a port, each when its queue is quiet, after `patienceMs` at the latest. */
  async unlisten(name: ResourceName, patienceMs: number): Promise<void> {
    this.ports.delete(name);
    await Promise.all(this.workers().map(worker => worker.unlisten(name, patienceMs)));
  }

  /** Of a sidecar: callers from outside of the mesh have to connect again for each request. */
  async partWithStrangers(): Promise<void> {
    await Promise.all(this.workers().map(worker => worker.partWithStrangers()));
  }

  /** Of a sidecar: lets calls to its application end, up to `patienceMs`. */
  async drainReceived(patienceMs: number): Promise<void> {
    await Promise.all(this.workers().map(worker => worker.drainReceived(patienceMs)));
  }

  /** What all workers have counted since the pool's start, and how it stands with what they were given. */
  async metrics(): Promise<MetricsDump> {
    const views = await this.views();
    return mergeDumps([
      this.endedDump,
      this.health.dump(),
      this.backends.dump(),
      this.certificates.dump(),
      ...views.map(({ report }) => report?.metrics ?? []),
    ]);
  }

  /**
   * What all workers have counted of revisions since the last call, and how splits stand; undefined = no backend has a split. A worker
   * that dies takes along what it has counted since then, and one that is replaced what its last connections do.
   */
  async splitReport(): Promise<SplitReport | undefined> {
    // What went to the revisions of a split that is gone may be in flight yet.
    if (!this.state.hasSplits && !this.hasToldOfSplits) return undefined;
    const report = mergeSplitReports(await Promise.all(this.workers().map(worker => worker.splitReport())));
    this.hasToldOfSplits = report !== undefined;
    return report;
  }

  /** How each worker is. */
  async views(): Promise<readonly WorkerView[]> {
    return Promise.all(
      this.slots.map(async slot => {
        const { worker } = slot;
        const report = await worker?.report();
        if (worker !== undefined && report !== undefined) this.lastDumps.set(worker.handle.column, report.metrics);
        return { index: slot.index, isLive: slot.isLive, version: slot.appliedVersion, restartCount: slot.restartCount, report };
      }),
    );
  }

  /**
   * Puts a fresh worker in a place without losing a connection, after the connections of an earlier replaced one have ended.
   * False where there is none to replace, or where the fresh one does not come up.
   */
  async replace(index: number, patienceMs: number): Promise<boolean> {
    const hasColumn = (): boolean => this.freeColumns.length > 0;
    while (!hasColumn()) await this.until(hasColumn);
    return (await this.slots[index]?.replace(patienceMs)) ?? false;
  }

  /** Ends a worker at once, as a crash would; false where there is none. Another one follows. */
  async terminate(index: number): Promise<boolean> {
    const worker = this.slots[index]?.worker;
    await worker?.handle.terminate();
    return worker !== undefined;
  }

  /** Ends all workers: in peace up to `patienceMs`, then at once. 0 = at once. */
  async stop(patienceMs: number): Promise<void> {
    this.health.close();
    await Promise.all(this.slots.map(slot => slot.drain(patienceMs)));
  }

  /** From the first limit on: without any there is nothing to tidy. */
  private sweepRates(): void {
    if (this.isSweepingRates) return;
    this.isSweepingRates = true;
    const table = new SharedRateTable(this.rates);
    this.clock.every(SWEEP_PERIOD_MS, () => table.sweep(this.clock.nowMs()));
  }

  spawn(slot: number): WorkerLink {
    const column = this.freeColumns.pop();
    if (column === undefined) throw new Error('more workers live than the table of loads has columns');
    const { columnCount, loads, places, backendMemory: backends, rates, logTurn, options } = this;
    const overloads = this.overloads.memory;
    zeroColumn(loads, { workerIndex: column, workerCount: columnCount });
    const { accessLog, settings } = options;
    const memory = { loads, places, backends, rates, overloads };
    const tracing = options.tracing && { sampler: options.tracing.sampler, backlogs: this.spanBacklogs };
    const init = { index: slot, column, columnCount, ...memory, settings, accessLog, logTurn, tracing };
    const link = options.createWorker?.(init) ?? new WorkerHandle(options.workerFile ?? WORKER_FILE, init);
    link.onSpans = spans => this.takeSpans(column, spans);
    return link;
  }

  startOf(): WorkerStart {
    return { state: { ...this.state.whole(), health: this.health.whole() }, ports: this.ports };
  }

  onApplied(_version: number, rejections: readonly Rejection[]): void {
    for (const { resource, reason } of rejections) this.rejections.set(resource, reason);
    this.wake();
  }

  onLive(): void {
    this.wake();
  }

  onEnded(end: WorkerEnd): void {
    this.options.onWorkerEnded(end);
  }

  onGone({ column }: WorkerLink): void {
    zeroColumn(this.loads, { workerIndex: column, workerCount: this.columnCount });
    clearPlaceColumn(this.places, column);
    this.overloads.clear(column);
    zeroBackendColumn(this.backendMemory, { workerIndex: column, workerCount: this.columnCount });
    endTurn({ memory: this.logTurn, column });
    clearSpanBacklog(this.spanBacklogs, column);
    this.freeColumns.push(column);
    // Totals must not fall when a worker ends; what it counted since the last look is lost with it.
    this.endedDump = mergeDumps([this.endedDump, withoutGauges(this.lastDumps.get(column) ?? [])]);
    this.lastDumps.delete(column);
    this.wake();
  }

  private takeSpans(column: number, spans: readonly SpanRecord[]): void {
    spanBacklogOf(this.spanBacklogs, column).add(-spans.length);
    this.options.tracing?.onSpans(spans);
  }

  private workers(): readonly PoolWorker[] {
    return this.slots.flatMap(slot => slot.workers);
  }

  private until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise(resolve => {
      this.waiters.push({ isMet, resolve });
    });
  }

  private wake(): void {
    const { waiters } = this;
    this.waiters = waiters.filter(({ isMet }) => !isMet());
    for (const { isMet, resolve } of waiters) if (isMet()) resolve();
  }
}

const WORKER_FILE = new URL('./worker-main.ts', import.meta.url);
