// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Timer } from '@weir/base';
import type { Rejection } from '../engine/configuration.ts';
import { PoolWorker } from './pool-worker.ts';
import type { WorkerStart } from './pool-worker.ts';
import { createRestartPolicy } from './restart-policy.ts';
import type { WorkerLink } from './worker-handle.ts';

/** What a slot needs of its pool. */
export interface WorkerSlotHost {
  readonly clock: Clock;
  spawn(slot: number): WorkerLink;
  /** Everything that a new worker has to know. */
  startOf(): WorkerStart;
  onApplied(version: number, rejections: readonly Rejection[]): void;
  /** The slot has a worker that serves everything. */
  onLive(slot: number): void;
  onEnded(end: WorkerEnd): void;
  /** A thread is gone for good; its column is free. */
  onGone(handle: WorkerLink): void;
}

/** A worker that ended unasked. */
export interface WorkerEnd {
  readonly slot: number;
  readonly reason: string;
  readonly restartDelayMs: number;
  /** Deaths in a row that came too soon, this one included. */
  readonly shortLives: number;
}

/** One place in the pool: its worker, and the worker after that one. */
export class WorkerSlot {
  readonly index: number;
  restartCount = 0;
  private readonly host: WorkerSlotHost;
  private readonly policy = createRestartPolicy();
  private current: PoolWorker | undefined;
  /** On its way to take the place of `current`. */
  private fresh: PoolWorker | undefined;
  private restart: Timer | undefined;
  private isStopping = false;
  private readonly startFailures = new WeakMap<PoolWorker, string>();

  constructor(index: number, host: WorkerSlotHost) {
    this.index = index;
    this.host = host;
  }

  /** The worker in this place; undefined between the end of one and the start of the next. */
  get worker(): PoolWorker | undefined {
    return this.current;
  }

  /** All that have to hear of changes: the worker, and the one that is about to replace it. */
  get workers(): readonly PoolWorker[] {
    return [this.current, this.fresh].filter(worker => worker !== undefined);
  }

  get isLive(): boolean {
    return this.current?.isLive ?? false;
  }

  get appliedVersion(): number {
    return this.current?.appliedVersion ?? -1;
  }

  /** Starts a worker, and another one each time one ends unasked. */
  start(): void {
    const worker = this.createWorker();
    this.current = worker;
    void this.bringUp(worker);
  }

  /**
   * Starts a fresh worker beside the one that serves and lets that one end in peace. Resolves when the fresh one serves, with
   * whether it does; if it does not, the old one stays.
   */
  async replace(patienceMs: number): Promise<boolean> {
    const old = this.current;
    if (old === undefined || !old.isLive || this.fresh !== undefined || this.isStopping) return false;
    const fresh = this.createWorker();
    this.fresh = fresh;
    const isUp = await this.bringUp(fresh);
    this.fresh = undefined;
    if (!isUp) return false;
    this.current = fresh;
    void old.drain({ patienceMs, keepsQueue: true });
    return true;
  }

  /** Ends the worker's connections in peace, after `patienceMs` at the latest; no other worker follows. */
  async drain(patienceMs: number): Promise<void> {
    this.isStopping = true;
    this.restart?.cancel();
    await Promise.all(this.workers.map(worker => worker.drain({ patienceMs, keepsQueue: false })));
  }

  private createWorker(): PoolWorker {
    const { clock } = this.host;
    const handle = this.host.spawn(this.index);
    const onApplied = (version: number, rejections: readonly Rejection[]): void => this.host.onApplied(version, rejections);
    const worker = new PoolWorker(handle, { clock, slot: this.index, onApplied });
    void handle.ended.then(reason => this.onEnded(worker, this.startFailures.get(worker) ?? reason));
    return worker;
  }

  private async bringUp(worker: PoolWorker): Promise<boolean> {
    try {
      await worker.start(this.host.startOf());
      this.host.onLive(this.index);
      return true;
    } catch (error) {
      // A live thread that cannot start is ended; `onEnded` then says why.
      this.startFailures.set(worker, reasonWords(error));
      await worker.handle.terminate();
      return false;
    }
  }

  private onEnded(worker: PoolWorker, reason: string): void {
    this.host.onGone(worker.handle);
    // A worker that was replaced, or one that never got to serve beside another.
    if (worker !== this.current) return;
    this.current = undefined;
    if (this.isStopping) return;
    const restartDelayMs = this.policy.delayMs(this.host.clock.nowMs() - worker.startedMs);
    this.host.onEnded({ slot: this.index, reason, restartDelayMs, shortLives: this.policy.shortLives });
    this.restartCount += 1;
    if (restartDelayMs === 0) this.start();
    else this.restart = this.host.clock.after(restartDelayMs, () => this.start());
  }
}
