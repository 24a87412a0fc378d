// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { MESH_CERTIFICATE } from '@weir/policy/snapshot';
import type { Certificate, Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { openPort, WorkerPool } from '@weir/proxy';
import type { AdminView, MetricsView, OpenPort, Readiness, Rejection, WorkerView } from '@weir/proxy';
import { InlineWorker } from '@weir/proxy/inline';
import type { MetricsDump } from '@weir/telemetry';
import { sidecarPorts, workloadName } from './local-resources.ts';
import { SidecarFeed } from './sidecar-feed.ts';
import type { SidecarOptions } from './sidecar-options.ts';

export interface SidecarStop {
  /** How long to go on as before while /readyz already says no. */
  readonly delayMs: number;
  /** How long calls to the application may take to end, and then its own. */
  readonly deadlineMs: number;
}

interface SidecarParts {
  /** Asks for all that calls to a Service need; see EngineOptions.needService. */
  readonly needService: (service: ResourceName) => Promise<void> | undefined;
}

type Phase = 'draining' | 'serving' | 'starting';

/** The mesh process of one workload: its application calls others by it, and is called by it. One thread carries everything. */
export class Sidecar implements AdminView, MetricsView {
  private readonly options: SidecarOptions;
  private readonly pool: WorkerPool;
  private readonly feed: SidecarFeed;
  private readonly opened = new Map<ResourceName, OpenPort>();
  private readonly resources = new Map<ResourceName, Resource>();
  private phase: Phase = 'starting';
  private version = 0;
  private expiresMs = 0;

  constructor(options: SidecarOptions, { needService }: SidecarParts) {
    this.options = options;
    const { accessLog, settings } = options;
    this.pool = new WorkerPool({
      workerCount: 1,
      clock: systemClock,
      settings,
      accessLog,
      createWorker: init => new InlineWorker(init, { needService }),
      onWorkerEnded: ({ reason }) => options.onNote(`the engine ended: ${reason}`),
      onOverload: () => undefined,
    });
    this.feed = new SidecarFeed({
      inbound: options.inbound,
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

  /** Takes what the control plane sends; resolves when it serves. */
  apply(transaction: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    return this.feed.take(transaction);
  }

  /** Takes a certificate of the mesh; from now on all handshakes are made with it. */
  async identify(certificate: Omit<Certificate, 'kind' | 'name'>): Promise<void> {
    this.expiresMs = certificate.notAfterMs;
    await this.feed.give([{ kind: 'certificate', name: MESH_CERTIFICATE, ...certificate }]);
  }

  /** Listens: first for the application, then for its callers. Throws ListenError. */
  async open(): Promise<void> {
    const ports = sidecarPorts(this.options);
    const isInbound = ({ role }: (typeof ports)[number]): boolean => role.kind === 'inbound';
    for (const port of [...ports.filter(one => !isInbound(one)), ...ports.filter(isInbound)]) {
      const { calls, owner } = this.options;
      const at = { address: port.address, port: port.port };
      const opened = await openPort(at, { calls, slotCount: 1, owner });
      this.opened.set(port.name, opened);
      await this.pool.listen(port.name, opened);
    }
    this.phase = 'serving';
  }

  /** Ends in peace: calls to the application first, as it may still have to make some of its own to answer them. */
  async stop({ delayMs, deadlineMs }: SidecarStop): Promise<void> {
    this.phase = 'draining';
    if (delayMs > 0) await pause(delayMs);
    await Promise.all(this.inboundPorts().map(name => this.close(name, deadlineMs)));
    await this.pool.drainReceived(deadlineMs);
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

  readiness(): Readiness {
    if (this.phase === 'draining') return { isReady: false, reason: 'draining' };
    const unknown = this.options.inbound.find(({ listen }) => !this.feed.knows(workloadName(this.options, listen)));
    if (unknown !== undefined) {
      return { isReady: false, reason: `the control plane has not said what is served at ${unknown.listen.address}` };
    }
    const leftMs = this.expiresMs - systemClock.wallMs();
    if (leftMs <= 0) {
      return { isReady: false, reason: this.expiresMs === 0 ? 'no certificate yet' : 'the certificate has expired' };
    }
    return this.phase === 'serving' ? { isReady: true } : { isReady: false, reason: 'not listening yet' };
  }

  private inboundPorts(): readonly ResourceName[] {
    return sidecarPorts(this.options).flatMap(({ name, role }) => (role.kind === 'inbound' ? [name] : []));
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
