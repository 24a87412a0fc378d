// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { Clock, Problem } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import type { Snapshot } from '@weir/policy/snapshot';
import { defaultSettings, openPort, WorkerPool } from '@weir/proxy';
import type { AdminView, LeaseOwner, MetricsView, Readiness, SocketCalls, WorkerEnd, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import type { SpanExporter } from '@weir/telemetry/span-export';
import { Configuration } from './configuration.ts';
import type { LoadedDocuments } from './configuration.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { StartError } from './gateway-options.ts';
import type { GatewayEvent, GatewayOptions } from './gateway-options.ts';
import { PortSet } from './port-set.ts';
import type { PortState } from './port-set.ts';
import { describeListeners, portProblems, statusesWithPorts } from './status-report.ts';

export interface GatewayParts {
  readonly options: GatewayOptions;
  /** Undefined: one worker, which binds the addresses itself. */
  readonly calls: SocketCalls | undefined;
  readonly owner: LeaseOwner;
  /** 48 bytes in hex. */
  readonly ticketKeysHex: string;
  /** Undefined = no traces. */
  readonly spans: SpanExporter | undefined;
}

/** How a stop goes about. */
export interface StopOptions {
  /** How long to go on as before while /readyz already says no, so that balancers in front look elsewhere. */
  readonly delayMs: number;
  /** How long connections may take to end. */
  readonly deadlineMs: number;
  /** Awaited when no request is left, and before the last spans are sent: for whoever else makes some. */
  readonly onTrafficEnded?: (() => Promise<void>) | undefined;
}

/** Deaths in a row after which a worker that has never served is given up. */
const MAX_SHORT_LIVES_AT_START = 5;
/** Certificates come to expire without any edit. */
const RECHECK_MS = 3_600_000;
/** A foreign process may give a port free at any time. */
const PORT_RETRY_MS = 2_000;

type Phase = 'starting' | 'serving' | 'draining';

/** The edge process without its servers for operators: documents in, ports and workers out. */
export class Gateway implements AdminView, MetricsView {
  private readonly options: GatewayOptions;
  private readonly clock: Clock = systemClock;
  private readonly spans: SpanExporter | undefined;
  private readonly counts = createGatewayMetrics(systemClock);
  private readonly pool: WorkerPool;
  private readonly ports: PortSet;
  private readonly configuration: Configuration;
  private readonly givenUp = Promise.withResolvers<never>();
  private phase: Phase = 'starting';
  private loaded: LoadedDocuments | undefined;
  /** Changes become live one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor({ options, calls, owner, ticketKeysHex, spans }: GatewayParts) {
    this.options = options;
    this.spans = spans;
    const onEvent = (event: GatewayEvent): void => options.onEvent(event);
    const workerCount = calls === undefined ? 1 : options.workerCount;
    this.pool = new WorkerPool({
      workerCount,
      clock: this.clock,
      settings: {
        ...defaultSettings,
        trustedHopCount: options.trustedHopCount,
        maxMemoryBytes: options.maxMemoryBytes,
        zone: options.zone,
        ticketKeysHex,
      },
      accessLog: options.accessLog,
      tracing: spans && options.tracing && { sampler: options.tracing.sampler, onSpans: batch => spans.take(batch) },
      onOverload: change => onEvent({ kind: 'overload', change }),
      onWorkerEnded: end => this.onWorkerEnded(end),
      onEndpointsChanged: report => onEvent({ kind: 'endpoints', report }),
    });
    this.ports = new PortSet({
      open: at => openPort(at, { calls, slotCount: workerCount, owner }),
      listen: (name, port) => this.pool.listen(name, port),
      unlisten: (name, patienceMs) => this.pool.unlisten(name, patienceMs),
      onOpened: port => this.tell(() => onEvent({ kind: 'port-opened', port })),
      onFailed: (port, error) => this.tell(() => onEvent({ kind: 'port-failed', port, error })),
      onClosed: port => this.tell(() => onEvent({ kind: 'port-closed', port })),
    });
    this.configuration = new Configuration({
      clock: this.clock,
      compiler: createCompiler({ clock: this.clock, defaultAddresses: [options.bindAddress] }),
      pool: this.pool,
      ports: this.ports,
      metrics: this.counts,
      onEvent,
      prepare: options.mesh?.prepare,
    });
    this.givenUp.promise.catch(() => undefined);
  }

  /** Opens the ports and starts the workers; resolves when all serve the documents, with what is wrong with them. Throws StartError. */
  async start(loaded: LoadedDocuments): Promise<readonly Problem[]> {
    const problems = await this.configuration.begin(loaded);
    const failures = this.ports.states.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length > 0) {
      await this.ports.release();
      throw new StartError('not every port can be listened on', { listenErrors: failures, problems });
    }
    await Promise.race([this.pool.start(), this.givenUp.promise]);
    this.phase = 'serving';
    this.loaded = loaded;
    this.clock.every(RECHECK_MS, () => this.recheck());
    this.clock.every(PORT_RETRY_MS, () => {
      if (this.ports.hasFailures) void this.ports.retry();
    });
    return problems;
  }

  /** Makes a change of the documents live. */
  change(loaded: LoadedDocuments): void {
    this.loaded = loaded;
    // Compiling begins at once, whatever the workers are still busy with: what they have not got yet is merged.
    this.work = Promise.all([this.work, this.configuration.change(loaded)]).then(
      () => undefined,
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.options.onEvent({ kind: 'note', text: `a change could not be made live; what was live before goes on: ${text}` });
      },
    );
  }

  /** Ends in peace: see StopOptions. */
  async stop({ delayMs, deadlineMs, onTrafficEnded }: StopOptions): Promise<void> {
    this.phase = 'draining';
    if (delayMs > 0) await this.wait(delayMs);
    this.ports.closeSockets();
    const deadlineAtMs = this.clock.nowMs() + deadlineMs;
    await this.pool.stop(deadlineMs);
    await onTrafficEnded?.();
    await this.flushSpans(deadlineAtMs - this.clock.nowMs());
    await this.ports.release();
  }

  get portStates(): readonly PortState[] {
    return this.ports.states;
  }

  get problems(): readonly Problem[] {
    return [...this.configuration.problems, ...portProblems(this.ports.states)];
  }

  snapshot(): Snapshot | undefined {
    return this.configuration.compilation?.snapshot;
  }

  status(): unknown {
    const statuses = statusesWithPorts(this.configuration.compilation?.statuses ?? new Map(), this.ports.states);
    return {
      phase: this.phase,
      version: this.snapshot()?.version ?? 0,
      isLiveEverywhere: this.pool.isComplete,
      ignoredCount: this.ignoredCount,
      problems: this.problems,
      sidecars: this.options.mesh?.status() ?? [],
      statuses,
    };
  }

  /** Objects of other groups among the documents. */
  get ignoredCount(): number {
    return this.loaded?.ignoredCount ?? 0;
  }

  listeners(): unknown {
    return describeListeners(this.ports.states);
  }

  workers(): Promise<readonly WorkerView[]> {
    return this.pool.views();
  }

  replaceWorker(index: number): Promise<boolean> {
    return this.pool.replace(index, REPLACE_PATIENCE_MS);
  }

  terminateWorker(index: number): Promise<boolean> {
    return this.pool.terminate(index);
  }

  async metrics(): Promise<readonly MetricsDump[]> {
    const { liveCount, restartCount } = this.pool;
    const beside = (await this.options.mesh?.metrics()) ?? [];
    const own = [this.counts.dump({ liveCount, restartCount }), await this.pool.metrics(), ...beside];
    return this.spans === undefined ? own : [...own, this.spans.dump()];
  }

  readiness(): Readiness {
    if (this.phase === 'serving') return { isReady: true };
    return {
      isReady: false,
      reason: this.phase === 'draining' ? 'draining' : 'the first configuration is not live on all workers yet',
    };
  }

  /** Metrics are read no longer: what is lost now is said. */
  private async flushSpans(leftMs: number): Promise<void> {
    const lostCount = (await this.spans?.close(flushPatienceMs(leftMs))) ?? 0;
    if (lostCount === 0) return;
    this.options.onEvent({ kind: 'note', text: `${lostCount} spans were not taken before the end, and are lost` });
  }

  /** Looks at the same documents once more, for what time alone has changed. */
  private recheck(): void {
    if (this.loaded !== undefined) this.change({ ...this.loaded, changedKeys: [], removedKeys: [] });
  }

  /** What happens at the start is the start's own story. */
  private tell(action: () => void): void {
    if (this.phase === 'serving') action();
  }

  private onWorkerEnded(end: WorkerEnd): void {
    this.options.onEvent({ kind: 'worker-ended', end });
    if (this.phase !== 'starting' || end.shortLives < MAX_SHORT_LIVES_AT_START) return;
    this.givenUp.reject(new StartError(`worker ${end.slot} ends before it serves: ${end.reason}`, {}));
  }

  private wait(durationMs: number): Promise<void> {
    return new Promise(resolve => {
      this.clock.after(durationMs, resolve);
    });
  }
}

/** The last spans come when the last request has ended, which may be at the deadline; a collector that is well takes a moment. */
const MIN_FLUSH_MS = 1_000;
const MAX_FLUSH_MS = 5_000;

function flushPatienceMs(leftMs: number): number {
  return Math.min(MAX_FLUSH_MS, Math.max(MIN_FLUSH_MS, leftMs));
}

/** How long a worker that was replaced may take to end its connections. */
const REPLACE_PATIENCE_MS = 30_000;
