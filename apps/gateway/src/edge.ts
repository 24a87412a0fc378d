// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { Clock } from '@weir/base';
import type { Port } from '@weir/policy/snapshot';
import { defaultSettings, openPort, WorkerPool } from '@weir/proxy';
import type { LeaseOwner, ListenError, SocketCalls, WorkerEnd, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import type { SpanExporter } from '@weir/telemetry/span-export';
import { StartError } from './edge-options.ts';
import type { EdgeOptions, GatewayEvent, StopOptions } from './edge-options.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { PortSet } from './port-set.ts';

export interface EdgeParts {
  readonly options: EdgeOptions;
  /** Undefined: one worker, which binds the addresses itself. */
  readonly calls: SocketCalls | undefined;
  readonly owner: LeaseOwner;
  /** 48 bytes in hex. */
  readonly ticketKeysHex: string;
  /** Undefined = no traces. */
  readonly spans: SpanExporter | undefined;
}

/** Deaths in a row after which a worker that has never served is given up. */
const MAX_SHORT_LIVES_AT_START = 5;
/** A foreign process may give a port free at any time. */
const PORT_RETRY_MS = 2_000;
/** How long a worker that was replaced may take to end its connections. */
const REPLACE_PATIENCE_MS = 30_000;

type Phase = 'starting' | 'serving' | 'draining';

/** Ports and workers of an edge process, from its start to its end; whoever has it gives it its configuration. */
export class Edge {
  readonly clock: Clock = systemClock;
  readonly counts = createGatewayMetrics(systemClock);
  readonly pool: WorkerPool;
  readonly ports: PortSet;
  phase: Phase = 'starting';
  private readonly options: EdgeOptions;
  private readonly spans: SpanExporter | undefined;
  private readonly givenUp = Promise.withResolvers<never>();

  constructor({ options, calls, owner, ticketKeysHex, spans }: EdgeParts) {
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
        gatewayIdentity: options.identity,
        node: options.node,
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
      onOpened: port => this.tell({ kind: 'port-opened', port }),
      onFailed: (port: Port, error: ListenError) => this.tell({ kind: 'port-failed', port, error }),
      onClosed: port => this.tell({ kind: 'port-closed', port }),
    });
    this.givenUp.promise.catch(() => undefined);
  }

  /** Resolves when all workers serve what they were given. Throws StartError where they never do. */
  async startWorkers(): Promise<void> {
    await Promise.race([this.pool.start(), this.givenUp.promise]);
  }

  /** From here on it is told what becomes of ports, and those that cannot be listened on are tried again. */
  serve(): void {
    this.phase = 'serving';
    this.clock.every(PORT_RETRY_MS, () => {
      if (this.ports.hasFailures) void this.ports.retry();
    });
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

  workers(): Promise<readonly WorkerView[]> {
    return this.pool.views();
  }

  replaceWorker(index: number): Promise<boolean> {
    return this.pool.replace(index, REPLACE_PATIENCE_MS);
  }

  terminateWorker(index: number): Promise<boolean> {
    return this.pool.terminate(index);
  }

  /** Of the process and its workers. */
  async metrics(): Promise<readonly MetricsDump[]> {
    const { liveCount, restartCount } = this.pool;
    const own = [this.counts.dump({ liveCount, restartCount }), await this.pool.metrics()];
    return this.spans === undefined ? own : [...own, this.spans.dump()];
  }

  /** Exports spans of others with its own. */
  takeSpans(spans: Parameters<SpanExporter['take']>[0]): void {
    this.spans?.take(spans);
  }

  /** Metrics are read no longer: what is lost now is said. */
  private async flushSpans(leftMs: number): Promise<void> {
    const lostCount = (await this.spans?.close(flushPatienceMs(leftMs))) ?? 0;
    if (lostCount === 0) return;
    this.options.onEvent({ kind: 'note', text: `${lostCount} spans were not taken before the end, and are lost` });
  }

  /** What happens at the start is the start's own story. */
  private tell(event: GatewayEvent): void {
    if (this.phase === 'serving') this.options.onEvent(event);
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
