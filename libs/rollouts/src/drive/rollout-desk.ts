// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import { serviceOfRevision } from '@weir/policy/compile';
import type { ResolvedRollout } from '@weir/policy/compile';
import { rolloutWithSplit } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import type { RevisionCounts, SplitReport } from '@weir/policy/snapshot';
import type { ArrivalFact, RolloutRequest } from '../advance/rollout-facts.ts';
import type { RolloutNews } from '../advance/rollout-news.ts';
import type { AnsweredRequest, RolloutState } from '../state/rollout-state.ts';
import { deploymentOf, deploymentOffer } from './deployment-offer.ts';
import type { DeploymentWorld } from './deployment-offer.ts';
import { RolloutDriver } from './rollout-driver.ts';
import type { Rollout, RolloutOffer, RolloutStore, RolloutWeb } from './rollout-ports.ts';
import { viewOf } from './rollout-view.ts';
import type { RolloutView } from './rollout-view.ts';
import { SplitObservations } from './split-observations.ts';
import type { Side } from './split-observations.ts';

/** What the desk looks at, as it is now. */
export interface RolloutWorld extends DeploymentWorld {
  readonly rollouts: () => ReadonlyMap<string, ResolvedRollout>;
  /** Who has the split that the documents of a Rollout have, `namespace/name`. */
  readonly arrivalOf: (key: string) => ArrivalFact | undefined;
  readonly isConnected: (proxy: string) => boolean;
  /** Proxies with a stream to this process that have what the documents of a Rollout have; absent = nobody can name them. */
  readonly having?: ((key: string) => readonly string[]) | undefined;
  /** Whether everybody who hears of proxies has told lately what these say; absent = there is nobody else. */
  readonly isWhole?: (() => boolean) | undefined;
  readonly sideOf: (proxy: string) => Side;
  /** What is in force has become another. */
  readonly onInForce: () => void;
}

export interface RolloutDeskOptions {
  readonly clock: Clock;
  readonly store: RolloutStore;
  readonly world: RolloutWorld;
  readonly web: RolloutWeb;
  /**
   * How long proxies take to come back after the start of the process, at most; from when the desk is made. Until then a rollout that was
   * under way is told of no arrival.
   */
  readonly reconnectMs: number;
  readonly onNews: (key: string, news: RolloutNews) => void;
  readonly onNote: (text: string) => void;
  /** See RolloutPorts. */
  readonly onWebNote?: ((text: string) => void) | undefined;
}

/** How often those are looked for who are not connected any more. */
const SWEEP_MS = 1000;

/**
 * Rollouts of one process: what proxies say of them, what is decided, and what of it documents have. Where several processes share a store,
 * the one that leads opens and starts it, each time that it comes to lead, and stops it when it does not lead any more.
 */
export class RolloutDesk {
  private readonly options: RolloutDeskOptions;
  private readonly observations = new SplitObservations();
  private readonly driver: RolloutDriver;
  private readonly made = new WeakMap<Document, { readonly split: string; readonly document: Document }>();
  private sweeping: Timer | undefined;
  /** From when on who is connected is all who are there. */
  private readonly completeMs: number;
  /** Something was under way, or was known of, from before. */
  private isResuming = false;

  constructor(options: RolloutDeskOptions) {
    this.options = options;
    const { world, clock, reconnectMs } = options;
    this.completeMs = clock.nowMs() + reconnectMs;
    this.driver = new RolloutDriver(
      {
        ...options,
        offers: () => this.offers(),
        isWaiting: key => isWaiting(world.rollouts().get(key)),
        arrivalOf: key => (this.isWaitingForProxies ? undefined : world.arrivalOf(key)),
        isWhole: world.isWhole,
        having: world.having,
        onInForce: world.onInForce,
        ...options.web,
      },
      this.observations,
    );
  }

  /** Reads what was stored. Rejects where that cannot be read: without it, what is in force would be undone. */
  async open(): Promise<void> {
    await this.driver.open();
    this.isResuming = this.driver.isResuming;
  }

  /** Whether it decides: between start and stop. */
  get isDriving(): boolean {
    return this.sweeping !== undefined;
  }

  start(): void {
    this.driver.start();
    this.sweeping ??= this.options.clock.every(SWEEP_MS, () => this.sweep());
  }

  stop(): void {
    this.driver.stop();
    this.sweeping?.cancel();
    this.sweeping = undefined;
    this.observations.clear();
  }

  /** Goes on from what somebody else has written of a Rollout, `namespace/name`; undefined = from nothing. Others are left alone. */
  adopt(key: string, state: RolloutState | undefined): void {
    if (this.isDriving) this.driver.adopt(key, state);
  }

  /** Documents with what is in force of their Rollouts; the same map where there are none. */
  withSplits(documents: ReadonlyMap<string, Document>): ReadonlyMap<string, Document> {
    let changed: Map<string, Document> | undefined;
    // Of thousands of documents, few are Rollouts, and mostly none is.
    for (const [key, document] of documents) {
      if (document.kind === 'Rollout') (changed ??= new Map(documents)).set(key, this.withSplit(document));
    }
    return changed ?? documents;
  }

  /** What a proxy says. While nobody here decides nothing is kept of it: how it stands, it says again within a second. */
  report(proxy: string, report: SplitReport): void {
    if (!this.isDriving) return;
    this.observations.report(proxy, this.options.world.sideOf(proxy), report);
  }

  /** Undefined = there is no such Rollout, or nobody here decides. */
  request(key: string, request: Omit<RolloutRequest, 'atMs'>): Promise<AnsweredRequest | undefined> {
    if (!this.isDriving) return Promise.resolve(undefined);
    return this.driver.request(key, { ...request, atMs: this.options.clock.wallMs() });
  }

  views(): readonly RolloutView[] {
    return [...this.offers()].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([key]) => this.view(key) ?? []);
  }

  view(key: string): RolloutView | undefined {
    const offer = this.offers().get(key);
    if (offer === undefined) return undefined;
    const verdict = this.driver.verdictOf(key);
    return viewOf({ offer, verdict, state: this.driver.stateOf(key), talliesOf: side => this.observations.talliesOf(key, side) });
  }

  /** What a proxy counted that somebody else knows more of by now, or nobody does. */
  count(proxy: string, counts: readonly RevisionCounts[]): void {
    this.observations.count(this.options.world.sideOf(proxy), counts);
  }

  /** The same object as long as the same is in force: a document that is another one is compiled again. */
  private withSplit(document: Rollout): Document {
    const split = this.driver.inForce(`${document.namespace}/${document.name}`, document.spec.targetRef.name);
    const text = JSON.stringify(split ?? null);
    const known = this.made.get(document);
    if (known?.split === text) return known.document;
    const made = rolloutWithSplit(document, split);
    this.made.set(document, { split: text, document: made });
    return made;
  }

  /** A step that those count who were quick to come back would not be everywhere. */
  private get isWaitingForProxies(): boolean {
    return this.isResuming && this.options.clock.nowMs() < this.completeMs;
  }

  private offers(): ReadonlyMap<string, RolloutOffer> {
    const { world } = this.options;
    const found = [...world.rollouts()].filter(([, rollout]) => hasSay(rollout));
    return new Map(
      found.map(([key, rollout]) => {
        const deployment = deploymentOf(rollout.document);
        const offer = deployment
          ? deploymentOffer(rollout, deployment, world)
          : offerOf(rollout, this.driver.stateOf(key)?.stable);
        return [key, offer] as const;
      }),
    );
  }

  private sweep(): void {
    const { world, clock } = this.options;
    for (const proxy of [...this.observations.proxies]) {
      if (world.isConnected(proxy)) this.observations.noteBack(proxy);
      else this.observations.noteAway(proxy, clock.nowMs());
    }
  }
}

/** Who is not the first at a Service has none, and of one that cannot be read nobody knows what it says. */
function hasSay({ document, findings }: ResolvedRollout): boolean {
  return findings.Accepted.reason !== 'Conflicted' && document.unread === undefined;
}

/**
 * One that has no say now may have it again: what it had promoted is not to be undone by another Rollout that somebody wrote by mistake. That of a Deployment
 * lets go of its Pods, as two would wait for each other.
 */
function isWaiting(rollout: ResolvedRollout | undefined): boolean {
  return rollout !== undefined && rollout.document.spec.revisions.deployment === undefined;
}

/** Of one that cannot be as it is written, nothing new is offered: it stays where it is. */
function offerOf({ document, services, findings }: ResolvedRollout, stable: string | undefined): RolloutOffer {
  const isAccepted = findings.Accepted.status === 'True';
  const candidate = isAccepted ? services?.candidate : undefined;
  // What is another one behind the Service that is stable already cannot be told apart from it.
  const offered = isSameService(candidate, stable) ? stable : candidate;
  const revisions = services?.endpoints ?? {};
  return { document, offered, firstStable: services?.stable, revisions, isDeploymentFinished: false };
}

function isSameService(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && serviceOfRevision(left) === serviceOfRevision(right);
}
