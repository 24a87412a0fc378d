// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import type { TrustRequest } from '@weir/sync/messages';
import type { AckDigest } from '@weir/sync/server';
import type { RolloutView } from '@weir/rollouts/drive';
import type { ReplicaPlace } from './replica-place.ts';
import type { AnsweredWish, RolloutWish } from './rollouts/rollout-wish.ts';
import type { SplitsQuestion, ToldSplits } from './splits/told-splits.ts';
import type { ToldTrust } from './trust-wire.ts';

/** An object as one replica asks another about it. */
export interface ObjectEdition {
  /** `Kind/namespace/name`. */
  readonly key: string;
  /** Hash of what it says: the same at all replicas. */
  readonly edition: string;
}

export interface AnsweredAcks {
  /** Random, of the process that answers. */
  readonly instance: string;
  /** By the keys of objects; undefined = it has not read this edition. What is not there was not answered. */
  readonly digests: ReadonlyMap<string, AckDigest | undefined>;
}

/** What of the ledger was read before, and whether it matters which proxies have the bundle. */
export type TrustQuestion = Pick<TrustRequest, 'position' | 'wantsProxies'>;

/** The way to another replica. Each call rejects where that does not answer. */
export interface ReplicaLink {
  acks(objects: readonly ObjectEdition[], signal: AbortSignal): Promise<AnsweredAcks>;
  trust(question: TrustQuestion, signal: AbortSignal): Promise<ToldTrust>;
  /** Undefined = it is of a version that does not know the question; so for all that follow. */
  splits(question: SplitsQuestion, signal: AbortSignal): Promise<ToldSplits | undefined>;
  /** Views of one Rollout, `namespace/name`, or of all; undefined = it does not lead. */
  rollouts(rollout: string | undefined, signal: AbortSignal): Promise<readonly RolloutView[] | undefined>;
  /** Undefined = it does not lead, and nothing was done. */
  requestRollout(wish: RolloutWish, signal: AbortSignal): Promise<AnsweredWish | undefined>;
  close(): void;
}

/** What a replica shows another, and believes; asked for at each connection, so that renewed certificates are used. */
export type ReplicaTls = () => { readonly cert: string; readonly key: string; readonly ca: string };

/** Other processes that serve proxies of the same documents. */
export interface OtherReplicas {
  readonly find: (documents: ReadonlyMap<string, Document>) => readonly ReplicaPlace[];
  readonly connect: (place: ReplicaPlace, as: { readonly trustDomain: string; readonly tls: ReplicaTls }) => ReplicaLink;
}
