// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { healthUntil, identityResources, leafWords } from '@weir/member';
import type { HeldIdentity, LeafWords, Member } from '@weir/member';
import type { Resource, ResourceName, SidecarPort, SplitReport, Transaction, Workload } from '@weir/policy/snapshot';
import { openPort, WorkerPool } from '@weir/proxy';
import type { AdminView, MetricsView, NoteLog, OpenPort, Readiness, Rejection, WorkerPoolOptions, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import { ownWorkloads, sidecarPorts, workloadName } from './local-resources.ts';
import { SidecarFeed } from './sidecar-feed.ts';
import type { SidecarBindings, SidecarOptions } from './sidecar-options.ts';

export interface SidecarStop {
  /** How long to go on as before while /readyz already says no. */
  readonly delayMs: number;
  /** How long calls to the application may take to end, and then its own. */
  readonly deadlineMs: number;
  /** Awaited when nobody calls the application any more, and it still may call others. */
  readonly onReceivedEnded?: (() => Promise<void>) | undefined;
}

type Phase = 'draining' | 'serving' | 'starting';

/** The mesh beside one workload: its application calls others by it, and is called by it. One worker carries everything. */
export class Sidecar implements AdminView, Member, MetricsView {
  private options: SidecarOptions;
  private readonly pool: WorkerPool;
  private readonly feed: SidecarFeed;
  private readonly opened = new Map<ResourceName, OpenPort>();
  private readonly resources = new Map<ResourceName, Resource>();
  private phase: Phase = 'starting';
  private version = 0;
  private expiresMs = 0;
  private readonly whenComplete: (() => void)[] = [];

  /** `createWorker`: absent = a thread of its own. */
  constructor(options: SidecarOptions, createWorker?: WorkerPoolOptions['createWorker']) {
    this.options = options;
    const { accessLog, settings, tracing } = options;
    this.pool = new WorkerPool({
      workerCount: 1,
      clock: systemClock,
      settings,
      accessLog,
      tracing,
      ...(createWorker === undefined ? {} : { createWorker }),
      onWorkerEnded: ({ reason }) => options.onNote(`the engine ended: ${reason}`),
      onOverload: () => undefined,
    });
    this.feed = new SidecarFeed({
      local: () => ({ bindings: this.options.inbound, isCaptured: options.captured !== undefined }),
      own: new Set(ownWorkloads(options)),
      keepsOldPorts: options.keepsOldPorts === true,
      push: transaction => {
        this.note(transaction);
        return this.pool.push(transaction);
      },
    });
  }

  /** Starts the engine without any port: what comes from the control plane can be applied from here on. */
  async start(): Promise<void> {
    const ready = this.pool.start();
    await this.feed.give(sidecarPorts(this.options));
    await ready;
  }

  /** Takes what the control plane sends, whole or not at all; resolves when it serves, or with what of it cannot be run. */
  async apply(transaction: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    const rejections = await this.feed.take(transaction);
    this.wake();
    return rejections;
  }

  /** Takes who it is and whom it trusts; from now on all handshakes are made with that. */
  async identify(identity: HeldIdentity): Promise<void> {
    this.expiresMs = identity.certificate.notAfterMs;
    await this.feed.give(identityResources(identity));
    this.wake();
  }

  /** Resolves when all is known that it serves, and who it is. */
  isComplete(): Promise<void> {
    return new Promise(resolve => {
      this.whenComplete.push(resolve);
      this.wake();
    });
  }

  /** Listens: first for the application, then for its callers. Throws ListenError. */
  async open(): Promise<void> {
    const ports = sidecarPorts(this.options);
    const isInbound = ({ role }: SidecarPort): boolean => role.kind === 'inbound';
    for (const port of [...ports.filter(one => !isInbound(one)), ...ports.filter(isInbound)]) await this.listen(port);
    this.phase = 'serving';
  }

  /**
   * Listens and leads elsewhere from now on, without an end to any connection. Ports that it no longer has serve until `closeOldPorts`:
   * callers may not know yet. Throws ListenError, and then it is as before.
   */
  async rebind(bindings: SidecarBindings): Promise<void> {
    const { options } = this;
    const before = sidecarPorts(options);
    this.options = { ...options, ...bindings };
    const ports = sidecarPorts(this.options);
    const fresh = ports.filter(({ name }) => !this.opened.has(name));
    await this.feed.give(ports);
    try {
      for (const port of fresh) await this.listen(port);
    } catch (error) {
      this.options = options;
      await this.feed.give(before);
      await this.closeOldPorts(0);
      throw error;
    }
    await this.feed.rebind();
  }

  /** Ends listening at ports that it no longer has; their connections go on. */
  async closeOldPorts(patienceMs: number): Promise<void> {
    const names = new Set(sidecarPorts(this.options).map(({ name }) => name));
    const old = [...this.opened].filter(([name]) => !names.has(name));
    for (const [name, port] of old) {
      await this.close(name, patienceMs);
      this.opened.delete(name);
      await port.close();
    }
    await this.feed.forgetOldPorts();
  }

  /**
   * The workload ends soon: callers from outside of the mesh, whom nobody tells of other endpoints, have to connect again for each request
   * from now on. All else goes on as before.
   */
  async announceEnd(): Promise<void> {
    await this.pool.partWithStrangers();
  }

  /** Ends in peace: calls to the application first, as it may still have to make some of its own to answer them. */
  async stop({ delayMs, deadlineMs, onReceivedEnded }: SidecarStop): Promise<void> {
    this.phase = 'draining';
    if (delayMs > 0) await pause(delayMs);
    await Promise.all(this.inboundPorts().map(name => this.close(name, deadlineMs)));
    await this.pool.drainReceived(deadlineMs);
    await onReceivedEnded?.();
    for (const port of this.opened.values()) port.closeSockets();
    await this.pool.stop(deadlineMs);
    await Promise.all([...this.opened.values()].map(port => port.close()));
  }

  status(): unknown {
    const { identity } = this.options;
    return {
      phase: this.phase,
      identity,
      readiness: this.readiness(),
      certificateExpires: new Date(this.expiresMs).toISOString(),
    };
  }

  snapshot(): { readonly version: number; readonly resources: ReadonlyMap<ResourceName, Resource> } {
    return { version: this.version, resources: this.resources };
  }

  get notes(): NoteLog | undefined {
    return this.options.notes;
  }

  /** A workload of others; undefined = none is known there. */
  workloadAt(address: string): Workload | undefined {
    return this.feed.workloadAt(address);
  }

  listeners(): unknown {
    return sidecarPorts(this.options).map(({ address, port, role }) => ({ address, port, role }));
  }

  workers(): Promise<readonly WorkerView[]> {
    return this.pool.views();
  }

  /** There is one, and it is this thread. */
  replaceWorker(): Promise<boolean> {
    return Promise.resolve(false);
  }

  terminateWorker(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async metrics(): Promise<readonly MetricsDump[]> {
    return [await this.pool.metrics()];
  }

  splitReport(): Promise<SplitReport | undefined> {
    return this.pool.splitReport();
  }

  readiness(): Readiness {
    if (this.phase === 'draining') return { isReady: false, reason: 'draining' };
    const reason = this.obstacle();
    if (reason !== undefined) return { isReady: false, reason };
    if (this.phase !== 'serving') return { isReady: false, reason: 'not listening yet' };
    const { warning } = this.leafWords();
    return warning === undefined ? { isReady: true } : { isReady: true, warning };
  }

  /** Why nobody should be let in; undefined = there is no reason. */
  private obstacle(): string | undefined {
    const unknown = this.options.inbound.find(({ listen }) => !this.feed.knows(workloadName(this.options, listen)));
    if (unknown !== undefined) return `the control plane has not said what is served at ${unknown.listen.address}`;
    const silent = this.options.captured?.addresses.find(address => !this.feed.knows(workloadName(this.options, { address })));
    if (silent !== undefined) return `the control plane has not said what is served at ${silent}`;
    return this.leafWords().obstacle;
  }

  private leafWords(): LeafWords {
    return leafWords(this.options.leafHealth?.() ?? healthUntil(this.expiresMs, systemClock.wallMs()));
  }

  private wake(): void {
    if (this.obstacle() !== undefined) return;
    for (const resolve of this.whenComplete.splice(0)) resolve();
  }

  private inboundPorts(): readonly ResourceName[] {
    return sidecarPorts(this.options).flatMap(({ name, role }) => (role.kind === 'inbound' ? [name] : []));
  }

  private async listen({ name, address, port }: SidecarPort): Promise<void> {
    const { calls, owner } = this.options;
    // Each family has a listener of its own: the kernel says of each in its own way where a connection was going.
    const opened = await openPort({ address, port, isIpv6Only: true }, { calls, slotCount: 1, owner });
    this.opened.set(name, opened);
    await this.pool.listen(name, opened);
  }

  private async close(name: ResourceName, patienceMs: number): Promise<void> {
    this.opened.get(name)?.closeSockets();
    await this.pool.unlisten(name, patienceMs);
  }

  private note({ version, upserts, removes }: Transaction): void {
    this.version = version;
    for (const name of removes) this.resources.delete(name);
    for (const resource of upserts) this.resources.set(resource.name, resource);
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise(resolve => {
    systemClock.after(durationMs, resolve);
  });
}
