// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { DocumentOfKind } from '@weir/policy/documents';
import type { ArrivalFact, RevisionReadiness } from '../advance/rollout-facts.ts';
import type { RolloutNews } from '../advance/rollout-news.ts';
import type { RolloutState } from '../state/rollout-state.ts';

export type Rollout = DocumentOfKind['Rollout'];

/** A Rollout as its documents have it now. */
export interface RolloutOffer {
  readonly document: Rollout;
  /** See RolloutFacts. */
  readonly offered: string | undefined;
  readonly firstStable: string | undefined;
  readonly revisions: Readonly<Record<string, RevisionReadiness>>;
  readonly isDeploymentFinished: boolean;
  readonly offerNote?: string | undefined;
  readonly waysBack?: Readonly<Record<string, string>> | undefined;
  /** Deployment form: as `kubectl rollout history` counts revisions, by their names. */
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

/** Where states outlive the process. */
export interface RolloutStore {
  /** Of all Rollouts, by `namespace/name`. */
  load(): Promise<ReadonlyMap<string, RolloutState>>;
  /** Resolves once it is stored; undefined removes it. Rejects where it cannot be: then nothing of it takes effect. */
  save(key: string, state: RolloutState | undefined): Promise<void>;
}

/** What a driver of Rollouts needs of the world. */
export interface RolloutPorts extends RolloutWeb {
  readonly clock: Clock;
  readonly store: RolloutStore;
  /** By `namespace/name`; those that can be driven. */
  readonly offers: () => ReadonlyMap<string, RolloutOffer>;
  /** Of a Rollout that is not offered now, whether it may be again, and goes on then from what is known of it. Absent = it may not. */
  readonly isWaiting?: ((key: string) => boolean) | undefined;
  /** Who has the split that documents have now; `step`: of the one that is in force by its state. */
  readonly arrivalOf: (key: string, step: string) => ArrivalFact | undefined;
  /** Whether what is heard of proxies is all that there is to hear: else nobody knows what is in flight. Absent = it is. */
  readonly isWhole?: (() => boolean) | undefined;
  /** Proxies connected here that have the split that documents have now; absent = nobody can name them. */
  readonly having?: ((key: string) => readonly string[]) | undefined;
  /** What is in force has become another, and is stored: it is to be given to proxies. */
  readonly onInForce: () => void;
  readonly onNews: (key: string, news: RolloutNews) => void;
  readonly onNote: (text: string) => void;
  /** Told of URLs that do not answer, as often as whoever writes Rollouts has it happen; absent = `onNote`. */
  readonly onWebNote?: ((text: string) => void) | undefined;
}

/** Calls to the URLs that Rollouts name. */
export interface RolloutWeb {
  /** Sends JSON; answers the status. Rejects where nobody answers in time. */
  readonly post: (url: string, body: unknown, options: PostOptions) => Promise<number>;
  /** Answers JSON. Rejects where nobody answers in time. */
  readonly get: (url: string, timeoutMs: number) => Promise<unknown>;
}

export interface PostOptions {
  readonly contentType: string;
  readonly timeoutMs: number;
}
