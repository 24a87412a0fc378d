// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import type { Document } from '@weir/policy/documents';
import type { SplitReport } from '@weir/policy/snapshot';
import type { FindRoute } from '@weir/proxy';
import type { SplitArrival } from './live-splits.ts';

/** Rollouts that are driven in the gateway's own process. None of it may throw: without them the gateway goes on. */
export interface RolloutsBeside {
  /** Resolves when these documents can be compiled; undefined = at once. */
  open(documents: ReadonlyMap<string, Document>): Promise<void> | undefined;
  /** Documents with what is in force of their Rollouts; the same map where nothing is. */
  withSplits(documents: ReadonlyMap<string, Document>): ReadonlyMap<string, Document>;
  /** Call it when the gateway serves and documents have been compiled: what they offer is driven from then on. */
  drive(ground: RolloutGround): void;
  /** For the admin socket. */
  readonly routes: FindRoute;
}

/** What Rollouts are driven on: the gateway. */
export interface RolloutGround {
  /** As documents have them now, by `namespace/name`. */
  readonly rollouts: ReadonlyMap<string, ResolvedRollout>;
  /** How far the gateway is with what divides calls by a Rollout's documents; undefined = nothing does. */
  splitArrival(rollout: string): SplitArrival | undefined;
  /** What its workers have counted since the last call; undefined = nothing is divided. */
  splitReport(): Promise<SplitReport | undefined>;
  /** Compiles the same documents again, after all that came before. */
  recheck(): void;
}
