// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import type { ClusterObject, ClusterReader } from '../api/cluster-api.ts';
import type { ObjectWriter } from '../write/object-writer.ts';
import { Retries } from '../write/retries.ts';
import { Rounds } from '../write/rounds.ts';
import { applyGateway } from './apply-gateway.ts';
import { FollowedObjects } from './followed-objects.ts';
import { gatewayFacts } from './gateway-facts.ts';
import type { GatewayFacts, GatewayHindrance, SeenObjects } from './gateway-facts.ts';
import type { GatewayPlan, GatewaySettings } from './gateway-plan.ts';
import { gatewayOwning } from './object-owner.ts';
import { removeIfUnwanted } from './remove-unwanted.ts';

export interface GatewayKeeperOptions {
  /** By `namespace/name`, at little cost; a Gateway of which there is none keeps what it has. */
  readonly plans: () => ReadonlyMap<string, GatewayPlan>;
  readonly settings: GatewaySettings;
  readonly reader: ClusterReader;
  readonly writer: Pick<ObjectWriter, 'apply' | 'get' | 'remove'>;
  readonly clock: Clock;
  readonly random: Random;
  /** What the cluster says of a Gateway (`namespace/name`) may be another. */
  readonly onFacts: (key: string) => void;
  /** A Gateway cannot have what it needs; not the same twice in a row. */
  readonly onHindrance: (plan: GatewayPlan, hindrance: GatewayHindrance) => void;
  readonly onNote: (text: string) => void;
}

interface Applied {
  readonly plan: GatewayPlan;
  /** Generation of its Deployment after that. */
  readonly generation: number | undefined;
}

/** So long it may stay unseen that somebody changed what is not followed. */
const REPEAT_MS = 600_000;

/** Sees to it, while this replica leads, that each Gateway has its proxies, and that what was made for it is as it was made. */
export class GatewayKeeper {
  private readonly options: GatewayKeeperOptions;
  private readonly retries: Retries<unknown>;
  private followed: FollowedObjects;
  private readonly applied = new Map<string, Applied>();
  private readonly hindrances = new Map<string, GatewayHindrance>();
  private readonly turns = new Map<string, { readonly isHindered: boolean; readonly atMs: number }>();
  /** Objects of Weir that their Gateway may not want any more, by `Kind/namespace/name`. */
  private readonly suspects = new Map<string, ClusterObject>();
  /** As they were in the last round. */
  private planned: ReadonlyMap<string, GatewayPlan> = new Map();
  private term: AbortSignal = AbortSignal.abort();
  /** Whether it is known what the cluster has. */
  private isReady = false;
  /** Not before it is known what the cluster has. */
  private readonly rounds: Rounds;

  constructor(options: GatewayKeeperOptions) {
    this.options = options;
    this.rounds = new Rounds({ clock: options.clock, round: signal => this.work(signal) });
    this.retries = new Retries(options, () => this.rounds.schedule(0));
    this.followed = this.createFollowed();
  }

  /** This replica leads until `signal` aborts. Resolves when it is known what the cluster has, or that has come to nothing. */
  lead(signal: AbortSignal): Promise<void> {
    this.term = signal;
    this.isReady = false;
    this.followed = this.createFollowed();
    this.planned = new Map();
    for (const known of [this.applied, this.suspects, this.hindrances, this.turns]) known.clear();
    this.retries.clear();
    const repeats = this.options.clock.every(REPEAT_MS, () => this.repeat());
    signal.addEventListener('abort', () => repeats.cancel());
    return this.begin(signal);
  }

  /** Whether it is known by now what the cluster says of Gateways. */
  get isInformed(): boolean {
    return this.isReady;
  }

  /** Says that plans may be others. */
  touch(): void {
    this.rounds.schedule();
  }

  /** What the cluster says of a Gateway, `namespace/name`; undefined = nothing is known, such as where this replica does not lead. */
  facts(key: string): GatewayFacts | undefined {
    const plan = this.options.plans().get(key);
    if (plan === undefined || this.term.aborted || !this.isReady) return undefined;
    const { addresses, hindrance: seen } = gatewayFacts(plan, this.ownObjects(key, plan));
    const hindrance = this.hindrances.get(key) ?? seen;
    return { addresses, hindrance, sinceMs: this.turnOf(key, hindrance !== undefined) };
  }

  /** Another Gateway may have what goes by the same name. */
  private ownObjects(key: string, { namespace, objectName }: GatewayPlan): SeenObjects {
    const { service, deployment } = this.followed.of(namespace, objectName);
    const own = (object: ClusterObject | undefined): ClusterObject | undefined =>
      object !== undefined && gatewayOwning(object) === key ? object : undefined;
    return { service: own(service), deployment: own(deployment) };
  }

  private createFollowed(): FollowedObjects {
    return new FollowedObjects({
      ...this.options,
      onThere: object => this.see(object),
      onGone: object => this.see(object, { isGone: true }),
    });
  }

  private async begin(signal: AbortSignal): Promise<void> {
    await this.followed.follow(signal);
    if (signal.aborted) return;
    this.isReady = true;
    for (const key of this.options.plans().keys()) this.options.onFacts(key);
    this.rounds.begin(signal);
  }

  private repeat(): void {
    this.applied.clear();
    for (const object of this.followed.all()) this.see(object);
    this.rounds.schedule(0);
  }

  private see(object: ClusterObject, { isGone = false } = {}): void {
    const key = gatewayOwning(object);
    if (key === undefined) return;
    const { name, generation } = object.metadata;
    if (isGone) this.suspects.delete(placeOf(object));
    else if (this.options.plans().get(key)?.objectName !== name) this.suspects.set(placeOf(object), object);
    const isOther = object.kind === 'Deployment' && generation !== this.applied.get(key)?.generation;
    // Somebody else has removed or changed it.
    if (isGone || isOther) this.applied.delete(key);
    this.options.onFacts(key);
    this.rounds.schedule();
  }

  private turnOf(key: string, isHindered: boolean): number {
    const known = this.turns.get(key);
    if (known?.isHindered === isHindered) return known.atMs;
    const atMs = this.options.clock.wallMs();
    this.turns.set(key, { isHindered, atMs });
    return atMs;
  }

  private async work(signal: AbortSignal): Promise<void> {
    const plans = this.options.plans();
    this.suspectLeft(plans);
    for (const [key, plan] of plans) {
      if (signal.aborted || plan.held !== undefined || isDeepStrictEqual(this.applied.get(key)?.plan, plan)) continue;
      await this.attempt(key, { subject: plan, signal, act: () => this.apply(key, plan, signal) });
    }
    for (const [place, object] of this.suspects) {
      const act = (): Promise<void> => removeIfUnwanted(object, this.options.writer, signal);
      if (!signal.aborted && (await this.attempt(place, { subject: place, signal, act }))) this.suspects.delete(place);
    }
  }

  /** Whose plan is gone, or goes by another name, may be of another class: nothing is heard of what it leaves. */
  private suspectLeft(plans: ReadonlyMap<string, GatewayPlan>): void {
    for (const [key, { namespace, objectName }] of this.planned) {
      if (plans.get(key)?.objectName === objectName) continue;
      const { service, deployment } = this.followed.of(namespace, objectName);
      for (const object of [service, deployment]) if (object !== undefined) this.suspects.set(placeOf(object), object);
      if (plans.has(key)) continue;
      for (const known of [this.applied, this.hindrances, this.turns]) known.delete(key);
      this.retries.forget(key);
    }
    this.planned = new Map(plans);
  }

  /** Whether it was done. */
  private async attempt(
    key: string,
    { subject, signal, act }: { readonly subject: unknown; readonly signal: AbortSignal; readonly act: () => Promise<unknown> },
  ): Promise<boolean> {
    if (this.retries.isWaiting(key, subject)) return false;
    try {
      await act();
      return true;
    } catch (reason) {
      if (signal.aborted) return false;
      this.retries.fail(key, subject);
      this.options.onNote(`what Gateway ${key} needs cannot be seen to, and is tried again: ${wordsOf(reason)}`);
      return false;
    }
  }

  private async apply(key: string, plan: GatewayPlan, signal: AbortSignal): Promise<void> {
    const { settings, writer, onFacts } = this.options;
    const { objects, hindrance } = await applyGateway({ plan, settings }, writer, signal);
    const generation = objects.find(({ kind }) => kind === 'Deployment')?.metadata.generation;
    this.note(key, plan, hindrance);
    if (hindrance === undefined) this.applied.set(key, { plan, generation });
    onFacts(key);
  }

  private note(key: string, plan: GatewayPlan, hindrance: GatewayHindrance | undefined): void {
    const before = this.hindrances.get(key);
    if (hindrance === undefined) {
      this.hindrances.delete(key);
      this.retries.forget(key);
      return;
    }
    this.hindrances.set(key, hindrance);
    this.retries.fail(key, plan);
    if (before?.message !== hindrance.message) this.options.onHindrance(plan, hindrance);
  }
}

function placeOf({ kind, metadata: { namespace = '', name } }: ClusterObject): string {
  return `${kind}/${namespace}/${name}`;
}

function wordsOf(reason: unknown): string {
  return reasonWords(reason);
}
