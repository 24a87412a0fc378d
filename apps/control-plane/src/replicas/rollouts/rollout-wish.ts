// SPDX-License-Identifier: Apache-2.0
import type { RolloutRequest } from '@weir/rollouts';

/** What somebody wants to become of a Rollout. */
export interface RolloutWish extends Pick<RolloutRequest, 'by' | 'id' | 'verb'> {
  /** `namespace/name`. */
  readonly rollout: string;
  readonly isFull: boolean;
}

/** What became of it; unknown = there is no such Rollout. */
export type AnsweredWish =
  { readonly isKnown: false } | { readonly isKnown: true; readonly isAccepted: boolean; readonly answer: string };
