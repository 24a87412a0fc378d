// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ResourceName, SplitReport } from '@weir/policy/snapshot';
import type { Rejection } from '../engine/configuration.ts';
import type { OpenPort } from '../listen/open-port.ts';
import { FAREWELL_MS } from './farewell.ts';
import { WorkerFeed } from './worker-feed.ts';
import { WorkerGoneError } from './worker-errors.ts';
import type { WorkerLink } from './worker-handle.ts';
import type { Update, WorkerReport } from './worker-messages.ts';

export interface PoolWorkerOptions {
  readonly clock: Clock;
  /** Whose sockets it listens on. */
  readonly slot: number;
  onApplied(version: number, rejections: readonly Rejection[]): void;
}

/** What a new worker has to know. `ports` may grow and shrink while it starts. */
export interface WorkerStart {
  readonly state: Update;
  readonly ports: ReadonlyMap<ResourceName, OpenPort>;
}

/** A worker as the pool uses it: fed, listening, drained. */
export class PoolWorker {
  readonly handle: WorkerLink;
  readonly startedMs: number;
  /** Serves the configuration that it was started with, on all ports. */
  isLive = false;
  private readonly options: PoolWorkerOptions;
  private readonly feed: WorkerFeed;
  private readonly listening = new Set<ResourceName>();
  private readonly firstApplied = Promise.withResolvers<undefined>();

  constructor(handle: WorkerLink, options: PoolWorkerOptions) {
    this.handle = handle;
    this.options = options;
    this.startedMs = options.clock.nowMs();
    this.feed = new WorkerFeed({
      apply: update => handle.ask('apply', { update }),
      onApplied: (version, rejections) => {
        this.firstApplied.resolve(undefined);
        options.onApplied(version, rejections);
      },
      onFailed: error => {
        // A worker that holds half an update must not serve: its replacement begins with the whole state.
        if (!(error instanceof WorkerGoneError)) void handle.terminate();
        this.firstApplied.reject(error);
      },
    });
    // Who waits for the start hears of it; later failures end the thread, which is noticed there.
    this.firstApplied.promise.catch(() => undefined);
  }

  /** Version that it serves; -1 before its first. */
  get appliedVersion(): number {
    return this.feed.appliedVersion;
  }

  /** Gives it everything and then lets it accept: a request never meets half a configuration. Throws where it cannot. */
  async start({ state, ports }: WorkerStart): Promise<void> {
    this.feed.offer(state);
    await this.firstApplied.promise;
    for (let missing = this.firstMissing(ports); missing !== undefined; missing = this.firstMissing(ports)) {
      await this.listen(...missing);
    }
    this.isLive = true;
  }

  offer(update: Update): void {
    this.feed.offer(update);
  }

  /** Throws where it cannot; not when the thread ends meanwhile, as its replacement will listen. */
  async listen(name: ResourceName, port: OpenPort): Promise<void> {
    if (this.listening.has(name)) return;
    this.listening.add(name);
    const { address, transport } = port;
    const at = { address, port: port.port, ...(transport === undefined ? {} : { transport }) };
    await ignoreGone(this.handle.ask('listen', { port: name, at, descriptor: port.descriptorFor(this.options.slot) }));
  }

  /** Stops accepting on a port when its queue is quiet, after `patienceMs` at the latest. */
  async unlisten(name: ResourceName, patienceMs: number): Promise<void> {
    if (this.listening.delete(name)) await ignoreGone(this.handle.ask('unlisten', { port: name, patienceMs }));
  }

  /**
   * Lets connections end after the answers that they owe, and ends the thread: when none is left, after `patienceMs` at the
   * latest. `keepsQueue`: the socket stays open elsewhere, so that nothing is lost by not waiting for a quiet queue.
   */
  async drain({ patienceMs, keepsQueue }: { readonly patienceMs: number; readonly keepsQueue: boolean }): Promise<void> {
    const queuePatienceMs = keepsQueue ? 0 : patienceMs;
    const drained = ignoreGone(this.handle.ask('drain', { patienceMs, queuePatienceMs }));
    const timeout = Promise.withResolvers<undefined>();
    const timer = this.options.clock.after(patienceMs + GRACE_MS, () => timeout.resolve(undefined));
    await Promise.race([drained, timeout.promise]);
    timer.cancel();
    await this.handle.terminate();
  }

  async partWithStrangers(): Promise<void> {
    await ignoreGone(this.handle.ask('partWithStrangers', {}));
  }

  async drainReceived(patienceMs: number): Promise<void> {
    await ignoreGone(this.handle.ask('drainReceived', { patienceMs }));
  }

  /** Undefined when the thread ended before it could answer. */
  async report(): Promise<WorkerReport | undefined> {
    return ignoreGone(this.handle.ask('report', {}));
  }

  /** Undefined where it has no split, and when the thread ended before it could answer. */
  async splitReport(): Promise<SplitReport | undefined> {
    return (await ignoreGone(this.handle.ask('splitReport', {}))) ?? undefined;
  }

  private firstMissing(ports: ReadonlyMap<ResourceName, OpenPort>): [ResourceName, OpenPort] | undefined {
    for (const [name, port] of ports) if (!this.listening.has(name)) return [name, port];
    return undefined;
  }
}

/** For a thread that ends its connections at its own deadline: to tell their clients, and to write the last lines of its log. */
const GRACE_MS = FAREWELL_MS + 500;

async function ignoreGone<Answer>(asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof WorkerGoneError) return undefined;
    throw error;
  }
}
