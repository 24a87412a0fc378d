// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import type { Snapshot } from '@weir/policy/snapshot';
import type { AdminView, MetricsView, Readiness, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import { Configuration } from './configuration.ts';
import type { LoadedDocuments } from './configuration.ts';
import type { Edge } from './edge.ts';
import { StartError } from './edge-options.ts';
import type { StopOptions } from './edge-options.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { PortState } from './port-set.ts';
import { describeListeners, portProblems, statusesWithPorts } from './status-report.ts';

/** Certificates come to expire without any edit. */
const RECHECK_MS = 3_600_000;

/** The edge process without its servers for operators: documents in, ports and workers out. */
export class Gateway implements AdminView, MetricsView {
  private readonly options: GatewayOptions;
  private readonly edge: Edge;
  private readonly configuration: Configuration;
  private loaded: LoadedDocuments | undefined;
  /** Changes become live one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(options: GatewayOptions, edge: Edge) {
    this.options = options;
    this.edge = edge;
    const { clock, pool, ports, counts: metrics } = edge;
    this.configuration = new Configuration({
      ...{ clock, pool, ports, metrics },
      compiler: createCompiler({ clock, defaultAddresses: [options.bindAddress] }),
      onEvent: event => options.onEvent(event),
      prepare: options.mesh?.prepare,
    });
  }

  /** Opens the ports and starts the workers; resolves when all serve the documents, with what is wrong with them. Throws StartError. */
  async start(loaded: LoadedDocuments): Promise<readonly Problem[]> {
    const problems = await this.configuration.begin(loaded);
    const { clock, ports } = this.edge;
    const failures = ports.states.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length > 0) {
      await ports.release();
      throw new StartError('not every port can be listened on', { listenErrors: failures, problems });
    }
    await this.edge.startWorkers();
    this.edge.serve();
    this.loaded = loaded;
    clock.every(RECHECK_MS, () => this.recheck());
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
  stop(options: StopOptions): Promise<void> {
    return this.edge.stop(options);
  }

  get portStates(): readonly PortState[] {
    return this.edge.ports.states;
  }

  get problems(): readonly Problem[] {
    return [...this.configuration.problems, ...portProblems(this.edge.ports.states)];
  }

  snapshot(): Snapshot | undefined {
    return this.configuration.compilation?.snapshot;
  }

  status(): unknown {
    const statuses = statusesWithPorts(this.configuration.compilation?.statuses ?? new Map(), this.edge.ports.states);
    return {
      phase: this.edge.phase,
      version: this.snapshot()?.version ?? 0,
      isLiveEverywhere: this.edge.pool.isComplete,
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
    return describeListeners(this.edge.ports.states);
  }

  workers(): Promise<readonly WorkerView[]> {
    return this.edge.workers();
  }

  replaceWorker(index: number): Promise<boolean> {
    return this.edge.replaceWorker(index);
  }

  terminateWorker(index: number): Promise<boolean> {
    return this.edge.terminateWorker(index);
  }

  async metrics(): Promise<readonly MetricsDump[]> {
    const beside = (await this.options.mesh?.metrics()) ?? [];
    return [...(await this.edge.metrics()), ...beside];
  }

  readiness(): Readiness {
    if (this.edge.phase === 'serving') return { isReady: true };
    return {
      isReady: false,
      reason: this.edge.phase === 'draining' ? 'draining' : 'the first configuration is not live on all workers yet',
    };
  }

  /** Looks at the same documents once more, for what time alone has changed. */
  private recheck(): void {
    if (this.loaded !== undefined) this.change({ ...this.loaded, changedKeys: [], removedKeys: [] });
  }
}
