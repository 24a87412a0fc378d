// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { boundedDuration } from '../../bounded-duration.ts';
import { exactlyOne } from '../../exactly-one.ts';
import { strictObject } from '../../strict-object.ts';
import { rolloutMatches } from './rollout-match.ts';

const MAX_WAIT_MS = 90 * 24 * 3_600_000;
const wait = boundedDuration(1, MAX_WAIT_MS);
const percent = z.int().min(0).max(100);

const pause = strictObject({
  for: wait.optional().describe('How long; without it, until somebody promotes.'),
}).describe('Waits. The time counts from when every proxy has what the steps before say.');

/** One step of a canary. */
const step = strictObject({
  weight: percent.optional().describe('Share of the requests that the new revision gets from here on.'),
  pause: pause.optional(),
  match: rolloutMatches
    .optional()
    .describe('Requests that the new revision gets from here on whatever its share, in place of those of earlier steps.'),
  mirror: strictObject({ percent: percent.describe('Of the requests that go to stable.') })
    .optional()
    .describe(
      'From here on the new revision gets copies of requests without side effects (GET, HEAD, OPTIONS); answers to copies are dropped.',
    ),
  analysis: strictObject({ for: wait.describe('How long, unless the conditions are decided before.') })
    .optional()
    .describe('Waits until the conditions of `analysis` are met: goes on when they are, aborts when they are not.'),
})
  .check(exactlyOne(['weight', 'pause', 'match', 'mirror', 'analysis'], 'what is done'))
  .describe('What is done, one thing in each step.');

const linear = strictObject({
  by: z.int().min(1).max(100).describe('By how much the share grows each time, in points.'),
  every: wait.describe('How long each share is kept.'),
}).describe('Steps of the same height, up to all requests.');

const exponential = strictObject({
  from: z.int().min(1).max(50).default(1).describe('The first share, in percent.'),
  factor: z.int().min(2).max(10).default(2).describe('What each share is multiplied by for the next.'),
  every: wait.describe('How long each share is kept.'),
}).describe('Shares that multiply, up to all requests.');

const canary = strictObject({
  steps: z
    .array(step)
    .min(1)
    .max(64)
    .optional()
    .describe('In this order; after the last one all requests go to the new revision.'),
  linear: linear.optional(),
  exponential: exponential.optional(),
})
  .check(exactlyOne(['steps', 'linear', 'exponential'], 'how the share grows'))
  .describe('The new revision gets a share of the requests that grows.');

const blueGreen = strictObject({
  preview: rolloutMatches
    .optional()
    .describe('Requests that get the new revision before the switch, such as those for another host.'),
  analysis: strictObject({ for: wait.describe('How long, unless the conditions are decided before.') })
    .optional()
    .describe('Waits before the switch until the conditions of `analysis` are met by what the preview gets.'),
  promotion: z
    .enum(['Automatic', 'Manual'])
    .default('Manual')
    .describe(
      'Automatic: switches when the new revision is ready and the analysis, if any, is passed. Manual: when somebody promotes.',
    ),
}).describe('All requests switch to the new revision at once, and back within `rollbackWindow` if need be.');

const match = strictObject({
  requests: rolloutMatches.describe('Requests that the new revision gets.'),
  for: wait.optional().describe('How long; without it, until somebody promotes or aborts.'),
  end: z
    .enum(['Abort', 'Promote', 'Wait'])
    .default('Wait')
    .describe('What follows when the time is over. Wait: a person decides.'),
}).describe('The new revision gets requests that fit, and stable all others (A/B test).');

const shadow = strictObject({
  percent: z.int().min(1).max(100).default(100).describe('Of the requests without side effects, how many are copied.'),
  for: wait.optional().describe('How long; without it, until somebody promotes or aborts. Then a person decides.'),
}).describe('The new revision gets copies of requests only, and its answers are dropped.');

/** How the new revision comes to all requests. */
export const rolloutStrategy = strictObject({
  canary: canary.optional(),
  blueGreen: blueGreen.optional(),
  match: match.optional(),
  shadow: shadow.optional(),
})
  .check(exactlyOne(['canary', 'blueGreen', 'match', 'shadow'], 'how the new revision comes to all requests'))
  .describe('How the new revision comes to all requests.');
