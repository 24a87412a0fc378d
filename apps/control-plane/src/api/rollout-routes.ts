// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Verb } from '@weir/rollouts';
import type { LeadingRollouts } from '../replicas/rollouts/leading-rollouts.ts';
import type { RolloutWish } from '../replicas/rollouts/rollout-wish.ts';
import { ApiError } from './api-error.ts';
import { apiRoute } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import { NOTHING } from './api-schemas.ts';
import { answeredSchema, rolloutPlaceSchema, rolloutSchema } from './rollout-schemas.ts';

const VERBS: Readonly<Record<Verb, string>> = {
  promote: 'Ends what a Rollout waits for; full = goes to all requests at once',
  pause: 'Has nothing go on by itself',
  resume: 'Ends a pause',
  abort: 'Takes the new revision out',
  retry: 'Begins an aborted rollout anew',
  undo: 'Goes back to the former revision while it is kept',
};

/** What the API can do with Rollouts. */
export const ROLLOUT_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    ...{ method: 'get', path: '/rollouts', operationId: 'listRollouts', status: 200, right: 'read' },
    summary: 'Every Rollout, and how far it has come',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: z.array(rolloutSchema).readonly() },
    handle: ({ controlPlane }) => controlPlane.leadingRollouts.views(),
  }),
  apiRoute({
    ...{ method: 'get', path: '/rollouts/{namespace}/{name}', operationId: 'getRollout', status: 200, right: 'read' },
    summary: 'One Rollout, and how far it has come',
    ...{ params: rolloutPlaceSchema, query: NOTHING, body: NOTHING, response: rolloutSchema },
    handle: async ({ controlPlane, params }) => {
      const view = await controlPlane.leadingRollouts.view(keyOf(params));
      if (view === undefined) throw missing(params);
      return view;
    },
  }),
  ...Object.entries(VERBS).map(([verb, summary]) => verbRoute(verb as Verb, summary)),
];

function verbRoute(verb: Verb, summary: string): ApiRoute {
  const body = z.strictObject({
    isFull: z.boolean().optional().describe('Of promote: to all requests, past the steps that are left.'),
  });
  return apiRoute({
    ...{ method: 'post', path: `/rollouts/{namespace}/{name}/${verb}`, operationId: `${verb}Rollout`, status: 200 },
    ...{ right: 'rollout', verb, summary, params: rolloutPlaceSchema, query: NOTHING, body, response: answeredSchema },
    handle: ({ controlPlane, params, body: { isFull }, caller }) =>
      ask(controlPlane.leadingRollouts, { verb, isFull: verb === 'promote' && isFull === true, by: caller.name }, params),
  });
}

type Wish = Pick<RolloutWish, 'by' | 'isFull' | 'verb'>;

async function ask(
  rollouts: LeadingRollouts,
  wish: Wish,
  params: z.output<typeof rolloutPlaceSchema>,
): Promise<z.input<typeof answeredSchema>> {
  const found = await rollouts.request({ ...wish, rollout: keyOf(params), id: randomUUID() });
  if (!found.isKnown) throw missing(params);
  const { isAccepted, answer } = found;
  if (!isAccepted) throw new ApiError(409, 'rollout-refused', answer);
  return { isAccepted, answer };
}

function keyOf({ namespace, name: rollout }: z.output<typeof rolloutPlaceSchema>): string {
  return `${namespace}/${rollout}`;
}

function missing(params: z.output<typeof rolloutPlaceSchema>): ApiError {
  return new ApiError(404, 'no-such-rollout', `there is no Rollout ${keyOf(params)} among the documents`);
}
