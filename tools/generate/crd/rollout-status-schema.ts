// SPDX-License-Identifier: Apache-2.0
import { PHASES } from '@weir/rollouts';
import type { KindModel } from '../fields/field.ts';
import { allFields } from '../fields/read-kinds.ts';
import { CONDITIONS } from './status-schema.ts';
import { structuralObject } from './structural-schema.ts';
import type { Structural } from './structural-schema.ts';

/** What the status of a Rollout has in place of a list of requests that fit: the spec has the same. */
const MATCHES = 'spec.strategy.match.requests';

const whole = (description: string, maximum?: number): Structural => ({
  ...{ description, type: 'integer', format: 'int64', minimum: 0 },
  ...(maximum === undefined ? {} : { maximum }),
});
const share = (description: string): Structural => whole(`${description}, in 10,000ths.`, 10_000);
const flag = (description: string): Structural => ({ description, type: 'boolean' });
const time = (description: string): Structural => ({ description, type: 'string', format: 'date-time' });
const name = (description: string): Structural => ({ description, type: 'string', maxLength: 4096 });
const text = (description: string): Structural => ({ description, type: 'string', maxLength: 32_768 });

function names(description: string, maxItems: number): Structural {
  const items = { type: 'string', maxLength: 4096 };
  return { description, type: 'array', maxItems, 'x-kubernetes-list-type': 'atomic', items };
}

/** All but `optional` must be written. */
function part(
  description: string,
  properties: Readonly<Record<string, Structural>>,
  optional: readonly string[] = [],
): Structural {
  const required = Object.keys(properties).filter(one => !optional.includes(one));
  return { description, type: 'object', required, properties };
}

const STEP = part(
  'The step that is being taken.',
  {
    id: name('Unlike that of any other step.'),
    index: whole('0 before the first one and on the way back, `of` when all requests are to go to the new revision.'),
    of: whole('How many steps there are.'),
    words: text('What it does.'),
    requestedAt: time('When it began.'),
    arrivedAt: time('When every proxy had it that is waited for.'),
    isEnded: flag('Somebody promoted: it is over as soon as it has arrived.'),
  },
  ['arrivedAt', 'isEnded'],
);

const PROXIES = part('Who has what is in force.', {
  acked: whole('Proxies that have it.'),
  of: whole('Proxies that are to have it.'),
  late: names('Proxies that are late.', 10),
  more: whole('Further ones that are late.'),
});

const PROGRESS = part(
  'What progressDeadline is counted by.',
  { from: time('Moved on by the time that did not count.'), haltedAt: time('Set while it does not run.') },
  ['haltedAt'],
);

const PAUSED = part('Nothing goes on by itself.', {
  by: name('Who asked for it; `spec.paused` where the document says so.'),
  at: time('Since when.'),
  isWritten: flag('The document says so: nobody can resume but by changing it.'),
});

const ABORTED = part('What was aborted.', {
  revision: name('The revision.'),
  reason: text('Why.'),
  by: name('A person, `documents`, or `weir`.'),
  at: time('When.'),
});

const COMPLETED = part('The last rollout that came to its end.', {
  revision: name('What became stable.'),
  former: name('What was stable before.'),
  at: time('When.'),
});

const GATES = part('Gates that are asked now.', {
  id: name('Unlike that of any other question.'),
  index: whole('The step that they are in front of.'),
  waiting: names('Those that have not agreed yet.', 8),
});

const LAST_REQUEST = part('What somebody asked for last.', {
  id: name('Unlike that of any other request.'),
  verb: { description: 'What for.', type: 'string', enum: ['abort', 'pause', 'promote', 'resume', 'retry', 'undo'] },
  by: name('Who.'),
  at: time('When.'),
  isAccepted: flag('Whether it was done.'),
  answer: text('What follows, or why nothing does.'),
});

/** The status of a Rollout: what `statusOf` of the rollouts makes of a state. */
export function rolloutStatusSchema(model: KindModel): Structural {
  return {
    description: 'How far the rollout has come, and what is in force. Written by Weir; whoever leads goes on from it.',
    type: 'object',
    properties: {
      phase: { description: 'Where it stands.', type: 'string', enum: Object.keys(PHASES) },
      waitingFor: name('What it waits for, in a word.'),
      message: text('What it waits for.'),
      share: name('Of the requests, what the new revision gets.'),
      stable: name('The revision that everything goes back to.'),
      candidate: name('The revision that a rollout is about, until it is stable.'),
      split: splitSchema(model),
      ...{ step: STEP, proxies: PROXIES, progress: PROGRESS, paused: PAUSED, aborted: ABORTED, completed: COMPLETED },
      ...{ gates: GATES, lastRequest: LAST_REQUEST },
      isFull: flag('Somebody promoted to all requests at once.'),
      openGates: flag('Pods of the new revision may count as ready, so that their Deployment finishes.'),
      plan: name('Which steps of the document this rollout goes by.'),
      sequence: whole('Grows with each step that was ever requested.'),
      conditions: CONDITIONS,
    },
  };
}

/** What `kubectl get rollouts` shows. */
export const ROLLOUT_COLUMNS: readonly Structural[] = [
  { name: 'Service', type: 'string', jsonPath: '.spec.targetRef.name' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Share', type: 'string', jsonPath: '.status.share' },
  { name: 'Stable', type: 'string', jsonPath: '.status.stable', priority: 1 },
  { name: 'Candidate', type: 'string', jsonPath: '.status.candidate', priority: 1 },
  { name: 'Step', type: 'string', jsonPath: '.status.step.words', priority: 1 },
  { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
  { name: 'Message', type: 'string', jsonPath: '.status.message' },
];

function splitSchema(model: KindModel): Structural {
  const written = allFields(model).filter(({ path }) => path === MATCHES);
  const { requests } = structuralObject(written)['properties'] as { readonly requests: Structural };
  return part(
    'What proxies are to do. It stays in force when a rollout has ended.',
    {
      step: name('The step that made it.'),
      stable: name('The revision that has the rest of the requests.'),
      candidate: name('The revision that the shares are of.'),
      candidateShare: share('Requests that the candidate gets'),
      mirrorShare: share('Requests to stable of which the candidate gets a copy'),
      matches: requests,
      isStableForgotten: flag('Proxies do not know stable any more.'),
    },
    ['candidate', 'matches', 'isStableForgotten'],
  );
}
