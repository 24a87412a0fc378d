// SPDX-License-Identifier: Apache-2.0
import type { RolloutDesk, RolloutView } from '@weir/rollouts/drive';
import type { AnsweredWish, RolloutWish } from './rollout-wish.ts';

export interface OwnRolloutsParts {
  readonly desk: Pick<RolloutDesk, 'isDriving' | 'request' | 'view' | 'views'>;
  /** Whether this is the one of several processes that may; absent = there is one. */
  readonly isLeading?: (() => boolean) | undefined;
}

/** What this process knows of Rollouts, as far as it is the one that drives them. */
export class OwnRollouts {
  private readonly parts: OwnRolloutsParts;

  constructor(parts: OwnRolloutsParts) {
    this.parts = parts;
  }

  /** It leads, and has read what its predecessor has written. */
  isDriving(): boolean {
    const { desk, isLeading } = this.parts;
    return desk.isDriving && (isLeading?.() ?? true);
  }

  /** Of one Rollout, `namespace/name`, or of all; undefined = it does not drive them. */
  views(rollout: string | undefined): readonly RolloutView[] | undefined {
    const { desk } = this.parts;
    if (!this.isDriving()) return undefined;
    if (rollout === undefined) return desk.views();
    const view = desk.view(rollout);
    return view === undefined ? [] : [view];
  }

  /** Undefined = it does not drive them, or not any more. */
  async request({ rollout, ...wish }: RolloutWish): Promise<AnsweredWish | undefined> {
    if (!this.isDriving()) return undefined;
    const answered = await this.parts.desk.request(rollout, wish);
    if (answered !== undefined) return { isKnown: true, isAccepted: answered.isAccepted, answer: answered.answer };
    // Who ceases to drive lets everybody go who waits.
    return this.isDriving() ? { isKnown: false } : undefined;
  }
}
