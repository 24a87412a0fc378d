// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/rollouts/drive';
import { ApiError } from '../../api/api-error.ts';
import type { OtherReplica } from '../other-replica.ts';
import type { ReplicaCircle } from '../replica-circle.ts';
import type { OwnRollouts } from './own-rollouts.ts';
import type { AnsweredWish, RolloutWish } from './rollout-wish.ts';

export interface LeadingRolloutsParts {
  readonly own: Pick<OwnRollouts, 'request' | 'views'>;
  /** Absent = there are no other replicas. */
  readonly circle?: Pick<ReplicaCircle, 'look' | 'others'> | undefined;
}

/** A decision is stored at the API server before it is answered. */
const WISH_TIMEOUT_MS = 10_000;

/** A call to a replica; `undefined` = it does not lead. */
type Call<Answer> = (replica: OtherReplica, signal: AbortSignal) => Promise<Answer | undefined>;

/** Rollouts as the replica that leads has them, whichever replica is asked. All reject with ApiError where nobody leads. */
export class LeadingRollouts {
  private readonly parts: LeadingRolloutsParts;

  constructor(parts: LeadingRolloutsParts) {
    this.parts = parts;
  }

  views(): Promise<readonly RolloutView[]> {
    return this.viewsOf(undefined);
  }

  /** `namespace/name`; undefined = there is no such Rollout. */
  async view(rollout: string): Promise<RolloutView | undefined> {
    const [view] = await this.viewsOf(rollout);
    return view;
  }

  /** Resolves once it is decided and stored. */
  async request(wish: RolloutWish): Promise<AnsweredWish> {
    const own = await this.parts.own.request(wish);
    if (own !== undefined) return own;
    const { found, silent } = await this.ask((replica, signal) => replica.link.requestRollout(wish, signal), WISH_TIMEOUT_MS);
    if (found !== undefined) return found;
    throw nobodyLeads(silent, 'look at the Rollout before you ask again: it may have been done, or be done yet');
  }

  private async viewsOf(rollout: string | undefined): Promise<readonly RolloutView[]> {
    const own = this.parts.own.views(rollout);
    if (own !== undefined) return own;
    const { found, silent } = await this.ask((replica, signal) => replica.link.rollouts(rollout, signal));
    if (found !== undefined) return found;
    throw nobodyLeads(silent, 'try again in a few seconds');
  }

  /** Asks all at once, and waits for none that is slow once the one that leads has answered. */
  private ask<Answer extends object>(call: Call<Answer>, timeoutMs?: number): Promise<Found<Answer>> {
    const { circle } = this.parts;
    circle?.look();
    const others = circle?.others ?? [];
    const silent = new Set(others.map(({ place }) => place.name));
    const { promise, resolve } = Promise.withResolvers<Found<Answer>>();
    const answers = others.map(async replica => {
      const told = await replica.bounded(async signal => ({ found: await call(replica, signal) }), timeoutMs);
      if (told === undefined) return;
      silent.delete(replica.place.name);
      if (told.found !== undefined) resolve({ found: told.found, silent: [] });
    });
    void Promise.all(answers).then(() => resolve({ found: undefined, silent: [...silent] }));
    return promise;
  }
}

interface Found<Answer> {
  readonly found: Answer | undefined;
  /** Names of those that did not answer. */
  readonly silent: readonly string[];
}

function nobodyLeads(silent: readonly string[], advice: string): ApiError {
  const names = silent.map(name => `replica ${name}`).join(', ');
  const words =
    silent.length === 0
      ? 'no replica drives Rollouts at present, as while another one comes to lead; try again in a few seconds'
      : `no replica that answers drives Rollouts at present, and ${names} ${silent.length === 1 ? 'does' : 'do'} not answer; ${advice}`;
  return new ApiError(503, 'nobody-leads', words);
}
