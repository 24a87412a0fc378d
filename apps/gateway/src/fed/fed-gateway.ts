// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { LeafHealth } from '@weir/identity';
import { healthUntil, identityResources, leafWords } from '@weir/member';
import type { HeldIdentity, Member } from '@weir/member';
import type { Snapshot, SplitReport, Transaction } from '@weir/policy/snapshot';
import type { AdminView, MetricsView, Readiness, Rejection, WorkerView } from '@weir/proxy';
import type { MetricsDump } from '@weir/telemetry';
import type { Edge } from '../edge.ts';
import { StartError } from '../edge-options.ts';
import type { GatewayEvent, StopOptions } from '../edge-options.ts';
import type { PortState } from '../port-set.ts';
import { countRules, portsOf } from '../snapshot-parts.ts';
import { describeListeners, portProblems, problemFromRejection } from '../status-report.ts';
import { GatewayFeed } from './gateway-feed.ts';

export interface FedGatewayParts {
  readonly edge: Edge;
  /** Told what happens, for people; must not throw. */
  readonly onEvent: (event: GatewayEvent) => void;
  /** How it stands with its certificate; undefined = not known yet. */
  readonly leafHealth?: () => LeafHealth | undefined;
}

/** The edge process of a control plane, without its stream and its servers: resources in, ports and workers out. */
export class FedGateway implements AdminView, Member, MetricsView {
  private readonly edge: Edge;
  private readonly onEvent: FedGatewayParts['onEvent'];
  private readonly feed: GatewayFeed;
  private readonly leafHealth: FedGatewayParts['leafHealth'];
  private expiresMs = 0;
  private hasConfiguration = false;

  constructor({ edge, onEvent, leafHealth }: FedGatewayParts) {
    this.edge = edge;
    this.onEvent = onEvent;
    this.leafHealth = leafHealth;
    this.feed = new GatewayFeed({ push: transaction => edge.pool.push(transaction) });
  }

  /** Starts the workers without any port: what comes from the control plane can be applied from here on. Throws StartError. */
  start(): Promise<void> {
    return this.edge.startWorkers();
  }

  /** Takes who it is and whom it believes; from now on all calls into the mesh are made with that. */
  async identify(identity: HeldIdentity): Promise<void> {
    this.expiresMs = identity.certificate.notAfterMs;
    await this.feed.give(identityResources(identity));
  }

  /** Takes what the control plane sends, whole or not at all; resolves when all workers serve it and new ports are listened on. */
  async apply(transaction: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    const { clock, counts } = this.edge;
    const resourceCount = transaction.upserts.length + transaction.removes.length;
    const startedMs = clock.nowMs();
    const before = new Set(this.feed.snapshot.resources.keys());
    const rejections = await this.feed.take(transaction);
    counts.reloaded(rejections.length === 0);
    if (rejections.length > 0) {
      this.onEvent({ kind: 'rejected', rejections });
      return rejections;
    }
    this.hasConfiguration = true;
    if (resourceCount === 0 || this.edge.phase !== 'serving') return [];
    const syncing = this.edge.ports.sync(portsOf(this.feed.snapshot));
    // Who waits for the control plane to say that a change is there may call at once; closing takes longer, and concerns nobody.
    if (portsOf({ resources: resourcesOf(transaction) }).some(({ name }) => !before.has(name))) await syncing;
    const durationMs = clock.nowMs() - startedMs;
    this.onEvent({ kind: 'applied', durationMs, resourceCount, ruleCount: countRules(this.feed.snapshot) });
    return [];
  }

  /** Listens. Throws StartError where it can do so nowhere; a port that is not free is tried again. */
  async open(): Promise<void> {
    const { ports } = this.edge;
    await ports.sync(portsOf(this.feed.snapshot));
    const failures = ports.states.flatMap(({ failure }) => failure ?? []);
    if (failures.length > 0 && failures.length === ports.states.length) {
      throw new StartError('no port can be listened on', { listenErrors: failures });
    }
    this.edge.serve();
    // What came meanwhile.
    await ports.sync(portsOf(this.feed.snapshot));
  }

  stop(options: StopOptions): Promise<void> {
    return this.edge.stop(options);
  }

  get portStates(): readonly PortState[] {
    return this.edge.ports.states;
  }

  snapshot(): Snapshot {
    return this.feed.snapshot;
  }

  status(): unknown {
    const problems: readonly Problem[] = [
      ...this.feed.rejections.map(problemFromRejection),
      ...portProblems(this.edge.ports.states),
    ];
    return {
      phase: this.edge.phase,
      readiness: this.readiness(),
      version: this.feed.snapshot.version,
      isLiveEverywhere: this.edge.pool.isComplete,
      certificateExpires: this.expiresMs === 0 ? undefined : new Date(this.expiresMs).toISOString(),
      problems,
    };
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

  metrics(): Promise<readonly MetricsDump[]> {
    return this.edge.metrics();
  }

  splitReport(): Promise<SplitReport | undefined> {
    return this.edge.pool.splitReport();
  }

  readiness(): Readiness {
    const reason = this.obstacle();
    if (reason !== undefined) return { isReady: false, reason };
    // With an expired one it still serves all that is not in the mesh, and others would have none either.
    const { obstacle, warning = obstacle } = leafWords(
      this.leafHealth?.() ?? healthUntil(this.expiresMs, this.edge.clock.wallMs()),
    );
    return warning === undefined ? { isReady: true } : { isReady: true, warning };
  }

  /** Why nobody should be sent here; undefined = there is no reason. */
  private obstacle(): string | undefined {
    const { phase } = this.edge;
    if (phase === 'draining') return 'draining';
    if (this.expiresMs === 0) return 'there is no certificate yet';
    if (!this.hasConfiguration) return 'the control plane has not said what to serve';
    return phase === 'serving' ? undefined : 'not listening yet';
  }
}

function resourcesOf({ upserts }: Pick<Transaction, 'upserts'>): Snapshot['resources'] {
  return new Map(upserts.map(resource => [resource.name, resource]));
}
