// SPDX-License-Identifier: Apache-2.0
import { ProblemWatch } from '@weir/base';
import type { Clock, Problem } from '@weir/base';
import type { Compilation, Compiler } from '@weir/policy/compile';
import type { Document } from '@weir/policy/documents';
import type { Resource } from '@weir/policy/snapshot';
import type { Rejection, WorkerPool } from '@weir/proxy';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { GatewayEvent } from './edge-options.ts';
import { LiveSplits } from './live-splits.ts';
import type { SplitArrival } from './live-splits.ts';
import type { PortSet } from './port-set.ts';
import { countRules, portsOf } from './snapshot-parts.ts';
import { problemFromRejection } from './status-report.ts';

/** Documents as a source gives them: all that are good, and what is wrong with the others. */
export interface LoadedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  readonly problems: readonly Problem[];
  readonly changedKeys: readonly string[];
  readonly removedKeys: readonly string[];
  /** Objects of other groups, which are none of Weir's business. */
  readonly ignoredCount: number;
}

/**
 * Is given what documents come to, in order; the workers get it when it has resolved, undefined = at once. `equip` gives them what no
 * document says, such as who the gateway is in the mesh, then and whenever it changes. Must not throw.
 */
export type PrepareCompilation = (
  compilation: Compilation,
  loaded: LoadedDocuments,
  equip: (upserts: readonly Resource[]) => void,
) => Promise<void> | undefined;

export interface ConfigurationParts {
  readonly clock: Clock;
  readonly compiler: Compiler;
  readonly pool: Pick<WorkerPool, 'push'>;
  readonly ports: Pick<PortSet, 'sync'>;
  readonly metrics: Pick<GatewayMetrics, 'reloaded'>;
  onEvent(event: GatewayEvent): void;
  readonly prepare?: PrepareCompilation | undefined;
}

/** The way of documents to the workers. What is wrong keeps its previous version, and is told once. */
export class Configuration {
  private readonly parts: ConfigurationParts;
  private readonly watch = new ProblemWatch();
  private readonly splits = new LiveSplits();
  private current: Compilation | undefined;
  private rejections: readonly Rejection[] = [];
  /** All that was compiled so far is prepared; undefined = it took no time. */
  private prepared: Promise<unknown> | undefined;
  /** The workers have all that was sent to them so far. */
  private pushed: Promise<unknown> = Promise.resolve();

  constructor(parts: ConfigurationParts) {
    this.parts = parts;
  }

  /** Undefined before the first documents. */
  get compilation(): Compilation | undefined {
    return this.current;
  }

  /** How far the workers are with what divides calls by a Rollout, `namespace/name`; undefined = nothing does. */
  splitArrival(rollout: string): SplitArrival | undefined {
    return this.splits.arrivalOf(rollout);
  }

  /** Of documents, and of what the workers could not take. */
  get problems(): readonly Problem[] {
    return [...this.watch.problems, ...this.rejections.map(problemFromRejection)];
  }

  /** Compiles the documents of a start; the workers get them as soon as there are any. Resolves when each port was tried. */
  async begin(loaded: LoadedDocuments): Promise<readonly Problem[]> {
    const compilation = this.compile(loaded);
    const arrive = this.splits.compiled(compilation);
    const { fresh } = this.watch.update([...loaded.problems, ...compilation.problems]);
    if (this.prepared !== undefined) await this.prepared;
    this.parts.metrics.reloaded(this.watch.errors.length === 0);
    this.pushed = this.push(compilation.transaction).then(() => arrive(this.rejections));
    await this.parts.ports.sync(portsOf(compilation.snapshot));
    return fresh;
  }

  /** Makes a change live; resolves when all workers serve it. */
  async change(loaded: LoadedDocuments): Promise<void> {
    const { clock, metrics, ports } = this.parts;
    const startedMs = clock.nowMs();
    const compilation = this.compile(loaded);
    const { snapshot, transaction, problems } = compilation;
    const arrive = this.splits.compiled(compilation);
    if (this.prepared !== undefined) await this.prepared;
    const { fresh, hasRecovered } = this.watch.update([...loaded.problems, ...problems]);
    metrics.reloaded(this.watch.errors.length === 0);
    if (fresh.length > 0) {
      const unread = fresh.filter(problem => loaded.problems.includes(problem));
      this.parts.onEvent({ kind: 'problems', problems: fresh, unread });
    }
    const resourceCount = transaction.upserts.length + transaction.removes.length;
    if (resourceCount > 0) this.pushed = this.push(transaction);
    await this.pushed;
    arrive(this.rejections);
    const durationMs = clock.nowMs() - startedMs;
    const upserted = loaded.changedKeys.map(nameFromKey);
    const removed = loaded.removedKeys.map(nameFromKey);
    if (upserted.length + removed.length > 0) {
      const { version } = snapshot;
      const ruleCount = countRules(snapshot);
      this.parts.onEvent({ kind: 'changed', upserted, removed, durationMs, version, resourceCount, ruleCount });
    }
    if (hasRecovered) this.parts.onEvent({ kind: 'recovered' });
    await ports.sync(portsOf(snapshot));
  }

  private async push(transaction: Compilation['transaction']): Promise<void> {
    this.reject(await this.parts.pool.push(transaction));
  }

  private equip(upserts: readonly Resource[]): void {
    void this.parts.pool.push({ version: this.current?.snapshot.version ?? 0, upserts, removes: [] });
  }

  private reject(rejections: readonly Rejection[]): void {
    const known = new Set(this.rejections.map(({ resource, reason }) => `${resource} ${reason}`));
    const fresh = rejections.filter(({ resource, reason }) => !known.has(`${resource} ${reason}`));
    this.rejections = rejections;
    if (fresh.length > 0) this.parts.onEvent({ kind: 'rejected', rejections: fresh });
  }

  private compile(loaded: LoadedDocuments): Compilation {
    const compilation = this.parts.compiler.update(loaded.documents);
    this.current = compilation;
    const preparing = this.parts.prepare?.(compilation, loaded, upserts => this.equip(upserts));
    // Who waits for this one waits for earlier ones too, so that none is overtaken.
    if (preparing !== undefined) this.prepared = Promise.all([this.prepared, preparing]);
    return compilation;
  }
}

/** `HTTPRoute shop/cart` of a key `HTTPRoute/shop/cart`; kinds outside namespaces have an empty middle. */
function nameFromKey(key: string): string {
  return key.replace('/', ' ').replace(/ \//, ' ');
}
