// SPDX-License-Identifier: Apache-2.0
import { PROMOTED_GATE } from '@weir/policy/resolve';
import { ChangingNote, reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import type { ApiConnection } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import { Retries } from '../write/retries.ts';
import { Rounds } from '../write/rounds.ts';
import { TokenBucket } from '../write/token-bucket.ts';
import type { RateSettings } from '../write/token-bucket.ts';
import { isHeldBack } from './holding-rollout.ts';
import type { HoldingRollout, RevisionPod } from './holding-rollout.ts';

/** A Pod that does not count as ready because of its gate. */
export interface GatedPod extends RevisionPod {
  readonly namespace: string;
  readonly name: string;
}

export interface GateKeeperOptions {
  readonly connection: Pick<ApiConnection, 'ask'>;
  /** All Pods whose gate is closed. */
  readonly gated: () => readonly GatedPod[];
  /** Rollouts of a namespace as they are now; rejects where they cannot be known. */
  readonly rolloutsOf: (namespace: string) => Promise<readonly HoldingRollout[]>;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what is in the way; not the same twice in a row. */
  readonly onNote: (text: string) => void;
}

/** One request each: a Deployment of 200 Pods is through in two seconds. */
const RATE: RateSettings = { perSecond: 50, burst: 100 };
/** Documents change all the time, and Rollouts are asked for anew each time that there are such Pods. */
const BATCH_MS = 1_000;
const AGAIN_MS = 2_000;
/** What was written is found in the documents within that. */
const FOUND_MS = 5_000;

/**
 * Lets Pods count as ready, while this replica leads, that no Rollout holds back any more: those of a revision that is promoted, and those whose Rollout
 * is gone. Goes by the Rollouts as they are in the cluster, as the webhook does that holds Pods back.
 */
export class GateKeeper {
  private readonly options: GateKeeperOptions;
  private readonly rounds: Rounds;
  private readonly retries: Retries<true>;
  private readonly bucket: TokenBucket;
  /** When gates were opened, until the documents have it. */
  private opened = new Map<string, number>();
  private readonly notes: ChangingNote;

  constructor(options: GateKeeperOptions) {
    this.options = options;
    this.notes = new ChangingNote(options.onNote);
    this.bucket = new TokenBucket(RATE, options.clock);
    this.rounds = new Rounds({ clock: options.clock, round: signal => this.work(signal) });
    this.retries = new Retries(options, () => this.rounds.schedule(0));
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    this.opened.clear();
    this.retries.clear();
    const looks = this.options.clock.every(AGAIN_MS, () => this.rounds.schedule(0));
    signal.addEventListener('abort', () => looks.cancel());
    this.rounds.begin(signal);
  }

  /** Says that Pods or Rollouts may be others. */
  touch(): void {
    this.rounds.schedule(BATCH_MS);
  }

  private async work(signal: AbortSignal): Promise<void> {
    const gated = this.options.gated();
    this.opened = new Map(gated.flatMap(pod => this.openedAt(pod)));
    const waiting = gated.filter(pod => !this.opened.has(keyOf(pod)));
    for (const [namespace, pods] of Map.groupBy(waiting, pod => pod.namespace)) {
      if (signal.aborted) return;
      await this.openIn(namespace, pods, signal);
    }
  }

  private openedAt(pod: GatedPod): readonly (readonly [string, number])[] {
    const atMs = this.opened.get(keyOf(pod));
    return atMs === undefined || this.options.clock.nowMs() >= atMs + FOUND_MS ? [] : [[keyOf(pod), atMs]];
  }

  private async openIn(namespace: string, pods: readonly GatedPod[], signal: AbortSignal): Promise<void> {
    try {
      const rollouts = await this.options.rolloutsOf(namespace);
      for (const pod of pods) {
        if (!signal.aborted && !isHeldBack(pod, rollouts)) await this.attempt(pod, signal);
      }
    } catch (reason) {
      if (signal.aborted) return;
      this.notes.tell(`Rollouts of namespace ${namespace} cannot be read, and are asked for again: ${reasonWords(reason)}`);
    }
  }

  private async attempt(pod: GatedPod, signal: AbortSignal): Promise<void> {
    const key = keyOf(pod);
    if (this.retries.isWaiting(key, true)) return;
    const waitMs = this.bucket.take();
    if (waitMs > 0) {
      this.rounds.schedule(waitMs);
      return;
    }
    try {
      await this.open(pod, signal);
      this.opened.set(key, this.options.clock.nowMs());
      this.retries.forget(key);
    } catch (reason) {
      if (signal.aborted) return;
      this.retries.fail(key, true);
      this.notes.tell(`Pod ${key} cannot be made ready (${PROMOTED_GATE}), and is tried again: ${reasonWords(reason)}`);
    }
  }

  private async open({ namespace, name }: GatedPod, signal: AbortSignal): Promise<void> {
    const condition = {
      type: PROMOTED_GATE,
      status: 'True',
      reason: 'Promoted',
      message: 'no Rollout holds it back',
      lastTransitionTime: `${new Date(this.options.clock.wallMs()).toISOString().slice(0, 19)}Z`,
    };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/status`;
    const body = JSON.stringify({ status: { conditions: [condition] } });
    try {
      // Conditions are merged by their type: kubelet's stay as they are.
      await this.options.connection.ask({
        method: 'PATCH',
        path,
        body,
        contentType: 'application/strategic-merge-patch+json',
        signal,
      });
    } catch (reason) {
      // One that is gone is soon gone from the documents as well.
      if (!(reason instanceof ApiError && reason.isNotFound)) throw reason;
    }
  }
}

function keyOf({ namespace, name }: GatedPod): string {
  return `${namespace}/${name}`;
}
