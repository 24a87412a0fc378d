// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import type { Compilation } from '@weir/policy/compile';
import type { Snapshot, SplitReport } from '@weir/policy/snapshot';
import type { AdminView, FindRoute, MetricsView, Readiness, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import { Configuration } from './configuration.ts';
import type { LoadedDocuments } from './configuration.ts';
import type { Edge } from './edge.ts';
import { StartError } from './edge-options.ts';
import type { StopOptions } from './edge-options.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { SplitArrival } from './live-splits.ts';
import type { PortState } from './port-set.ts';
import type { RolloutGround } from './rollouts-beside.ts';
import { describeListeners, portProblems, statusesWithPorts } from './status-report.ts';

/** Certificates come to expire without any edit. */
const RECHECK_MS = 3_600_000;

/** The edge process without its servers for operators: documents in, ports and workers out. */
export class Gateway implements AdminView, MetricsView, RolloutGround {
  private readonly options: GatewayOptions;
  private readonly edge: Edge;
  private readonly configuration: Configuration;
  /** As the source has them. */
  private loaded: LoadedDocuments | undefined;
  /** The documents of the start are compiled: until then what changes is only noted. */
  private hasBegun = false;
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
    this.loaded ??= loaded;
    const { rollouts } = this.options;
    const opening = rollouts?.open(loaded.documents);
    if (opening !== undefined) await opening;
    this.hasBegun = true;
    const problems = await this.configuration.begin(this.withSplits(loaded));
    const { clock, ports } = this.edge;
    const failures = ports.states.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length > 0) {
      await ports.release();
      throw new StartError('not every port can be listened on', { listenErrors: failures, problems });
    }
    await this.edge.startWorkers();
    this.edge.serve();
    rollouts?.drive(this);
    if (this.loaded !== loaded) this.recheck();
    clock.every(RECHECK_MS, () => this.recheck());
    return problems;
  }

  /** Makes a change of the documents live. */
  change(loaded: LoadedDocuments): void {
    this.loaded = loaded;
    if (!this.hasBegun) return;
    const opening = this.options.rollouts?.open(loaded.documents);
    // Compiling begins at once, whatever the workers are still busy with: what they have not got yet is merged.
    const live = opening === undefined ? this.makeLive(loaded) : opening.then(() => this.makeLive(loaded));
    this.work = Promise.all([this.work, live]).then(
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

  get rollouts(): Compilation['rollouts'] {
    return this.configuration.compilation?.rollouts ?? new Map();
  }

  splitArrival(rollout: string): SplitArrival | undefined {
    return this.configuration.splitArrival(rollout);
  }

  splitReport(): Promise<SplitReport | undefined> {
    return this.edge.pool.splitReport();
  }

  get routes(): FindRoute | undefined {
    return this.options.rollouts?.routes;
  }

  /** Looks at the same documents once more, for what they do not say: certificates expire, and Rollouts go on. */
  recheck(): void {
    if (this.loaded !== undefined) this.change({ ...this.loaded, changedKeys: [], removedKeys: [] });
  }

  private makeLive(loaded: LoadedDocuments): Promise<void> {
    const change = this.configuration.change(this.withSplits(loaded));
    if (this.edge.phase === 'serving') this.options.rollouts?.drive(this);
    return change;
  }

  private withSplits(loaded: LoadedDocuments): LoadedDocuments {
    const documents = this.options.rollouts?.withSplits(loaded.documents) ?? loaded.documents;
    return documents === loaded.documents ? loaded : { ...loaded, documents };
  }
}
