// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import type { RolloutDesk } from '@weir/rollouts/drive';
import type { OtherReplica } from '../other-replica.ts';
import type { ReplicaCircle } from '../replica-circle.ts';
import { ReplicaRounds } from '../replica-rounds.ts';
import type { HeardReport, SplitsQuestion, ToldSplits } from './told-splits.ts';

export interface SplitRoundsParts {
  readonly clock: Clock;
  readonly circle: Pick<ReplicaCircle, 'look' | 'lostReplicas' | 'others'>;
  /** Takes what is heard. */
  readonly desk: () => Pick<RolloutDesk, 'count' | 'report'>;
  /** Whether this replica drives Rollouts, and there is any: nobody else asks. */
  readonly isNeeded: () => boolean;
  /** Whether a proxy has a stream to this replica: then that knows best how its splits stand. */
  readonly isConnectedHere: (proxy: string) => boolean;
  /** Told what goes wrong; must not throw. */
  readonly onNote: (text: string) => void;
}

interface Heard extends SplitsQuestion {
  /** Monotonic time. */
  readonly atMs: number;
  readonly isPartial: boolean;
  readonly proxies: ReadonlySet<string>;
}

/** Decisions are to be taken within a second of what they follow from. */
const ROUND_MS = 500;
/** What was told longer ago is not believed any more: longer than a round with an answer that comes at the last moment. */
const FRESH_MS = 3_000;
/** No process that was out of sight for longer is asked on from where it was: what it told then, it keeps no more. */
const FORGOTTEN_MS = 20_000;
/** Of one replica in a round. What is left then comes in the next one. */
const MAX_CALLS = 10;
const NOTHING_READ: SplitsQuestion = { instance: '', position: 0 };

/**
 * Asks the other replicas what their proxies see of splits, while this one drives Rollouts: each report is taken once, and of one that is silent
 * nobody knows how its proxies stand.
 */
export class SplitRounds {
  private readonly parts: SplitRoundsParts;
  private readonly rounds: ReplicaRounds;
  /** By name; kept while it is out of sight, or another one leads: what was taken once is not taken again. */
  private readonly heard = new Map<string, Heard>();
  /** One that is slow is waited for by nobody. */
  private readonly asked = new Set<OtherReplica>();

  constructor(parts: SplitRoundsParts) {
    this.parts = parts;
    const { clock, onNote } = parts;
    this.rounds = new ReplicaRounds({ clock, everyMs: ROUND_MS, round: () => this.askAll(), what: 'splits', onNote });
  }

  /** Whether a proxy is connected to another replica that has said so lately. */
  isConnected(proxy: string): boolean {
    return this.parts.circle.others.some(replica => this.freshFrom(replica)?.proxies.has(proxy) === true);
  }

  /** Whether every other replica has told lately all that it heard, and none is gone whose proxies may be on their way. */
  get isWhole(): boolean {
    const { others, lostReplicas } = this.parts.circle;
    return lostReplicas.length === 0 && others.every(replica => this.freshFrom(replica)?.isPartial === false);
  }

  /** A round under way ends with the questions that it waits for. */
  stop(): void {
    this.rounds.stop();
  }

  private freshFrom(replica: OtherReplica): Heard | undefined {
    const heard = this.heard.get(replica.place.name);
    return heard !== undefined && this.parts.clock.nowMs() - heard.atMs <= FRESH_MS ? heard : undefined;
  }

  private askAll(): Promise<void> {
    const { circle, clock, isNeeded } = this.parts;
    if (isNeeded()) {
      circle.look();
      for (const replica of circle.others) if (!this.asked.has(replica)) void this.ask(replica);
    }
    for (const [name, { atMs }] of this.heard) if (clock.nowMs() - atMs > FORGOTTEN_MS) this.heard.delete(name);
    return Promise.resolve();
  }

  private async ask(replica: OtherReplica): Promise<void> {
    this.asked.add(replica);
    try {
      await this.hear(replica);
    } catch (reason) {
      this.parts.onNote(`what replica ${replica.place.name} tells of splits cannot be taken: ${reasonWords(reason)}`);
    } finally {
      this.asked.delete(replica);
    }
  }

  private async hear(replica: OtherReplica): Promise<void> {
    for (let calls = 0; calls < MAX_CALLS; calls++) {
      const { instance, position } = this.heard.get(replica.place.name) ?? NOTHING_READ;
      const told = await replica.bounded(signal => replica.link.splits({ instance, position }, signal));
      // It may have ceased to lead meanwhile: then another one takes it, and this one has not.
      if (told === undefined || this.rounds.isStopped || !this.parts.isNeeded()) return;
      this.take(replica, told);
      if (!told.isPartial) return;
    }
  }

  private take(replica: OtherReplica, told: ToldSplits): void {
    const { instance, position, isPartial } = told;
    const proxies = new Set(told.proxies);
    this.heard.set(replica.place.name, { instance, position, isPartial, proxies, atMs: this.parts.clock.nowMs() });
    for (const heard of told.reports) this.takeOne(heard, proxies);
  }

  /** How splits stand is told by who has the proxy now; what was counted counts whoever heard it. */
  private takeOne({ proxy, report }: HeardReport, proxies: ReadonlySet<string>): void {
    const desk = this.parts.desk();
    if (proxies.has(proxy) && !this.parts.isConnectedHere(proxy)) desk.report(proxy, report);
    else desk.count(proxy, report.counts);
  }
}
