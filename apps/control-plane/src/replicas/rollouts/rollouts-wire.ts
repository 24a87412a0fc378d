// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { RequestRolloutResponseSchema, RolloutsResponseSchema } from '@weir/sync/messages';
import type { RequestRolloutRequest, RequestRolloutResponse, RolloutsResponse } from '@weir/sync/messages';
import type { Verb } from '@weir/rollouts';
import type { RolloutView } from '@weir/rollouts/drive';
import type { AnsweredWish, RolloutWish } from './rollout-wish.ts';

const VERBS: readonly Verb[] = ['abort', 'pause', 'promote', 'resume', 'retry', 'undo'];

/** Undefined views = this replica does not lead. */
export function rolloutsToWire(views: readonly RolloutView[] | undefined): RolloutsResponse {
  const encoder = new TextEncoder();
  return create(RolloutsResponseSchema, {
    isLeading: views !== undefined,
    views: (views ?? []).map(view => encoder.encode(JSON.stringify(view))),
  });
}

/** Throws on what is no JSON. What is in it is for people, and for their commands: it is given on as it came. */
export function rolloutsFromWire({ isLeading, views }: RolloutsResponse): readonly RolloutView[] | undefined {
  if (!isLeading) return undefined;
  const decoder = new TextDecoder();
  return views.map(view => JSON.parse(decoder.decode(view)) as RolloutView);
}

/** Undefined = there is no such verb. */
export function wishFromWire({ rollout, id, verb, isFull, by }: RequestRolloutRequest): RolloutWish | undefined {
  const known = VERBS.find(one => one === verb);
  return known === undefined ? undefined : { rollout, id, verb: known, isFull, by };
}

/** Undefined = this replica does not lead. */
export function answerToWire(answered: AnsweredWish | undefined): RequestRolloutResponse {
  return create(RequestRolloutResponseSchema, { ...answered, isLeading: answered !== undefined });
}

export function answerFromWire(response: RequestRolloutResponse): AnsweredWish | undefined {
  const { isLeading, isKnown, isAccepted, answer } = response;
  if (!isLeading) return undefined;
  return isKnown ? { isKnown, isAccepted, answer } : { isKnown };
}
