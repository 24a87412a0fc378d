// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import * as z from 'zod';
import { boundedDuration } from '../bounded-duration.ts';
import { inCel, withApiForm } from '../api-form.ts';
import { objectName } from '../fields.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { requestConditions } from './access-rule.ts';
import { rateLimitKey } from './rate-limit-key.ts';
import { sharedLimit } from './rate-limit-store.ts';

const MAX_QUOTA = 1_000_000;
const MIN_WINDOW_MS = 250;
/** A month and a day: calendar months are none of a limit's business. */
const MAX_WINDOW_MS = 32 * 24 * 3_600_000;

/** CEL has durations of its own, in another writing. */
const IN_RANGE = { kind: 'none', reason: 'CEL has no durations of GEP-2257' } as const;

/** A bucket that takes longer to fill is a slip of the pen, and soon more than a counter can tell. */
const MAX_REFILL_MS = 366 * 24 * 3_600_000;

const window = strictObject({
  requests: z.int().min(1).max(MAX_QUOTA).describe('How many requests, or how much of their cost.'),
  per: boundedDuration(MIN_WINDOW_MS, MAX_WINDOW_MS).describe('In how long.'),
  burst: z
    .int()
    .min(1)
    .max(MAX_QUOTA)
    .optional()
    .describe('How many at once (TokenBucket only); as many as `requests` unless written.'),
}).check(
  withApiForm(IN_RANGE, context => {
    const { requests, per, burst = requests } = context.value;
    if (!isDuration(per) || (burst / requests) * parseDuration(per) <= MAX_REFILL_MS) return;
    addProblem(context, ['burst'], 'takes more than a year to come back at that rate\nwrite less');
  }),
);

/** Whose count a limit of any kind is. */
export const limitKey = z
  .array(rateLimitKey)
  .max(4)
  .default(() => [])
  .describe(
    'Each combination of these has a count of its own; without any, all requests share one. Who lacks a part counts as one caller with all others who lack it.',
  );

/** What an API server is told of `limitFits`. */
const LIMIT_RULES = inCel(
  {
    rule: "!has(self.algorithm) || self.algorithm != 'SlidingWindow' || self.windows.all(w, !has(w.burst))",
    message: 'burst may be written for TokenBucket only',
  },
  {
    rule: '!has(self.cost) || self.windows.all(w, self.cost <= (has(w.burst) ? w.burst : w.requests))',
    message: 'cost may not be more than a window admits at once',
  },
);

/** One limit: its windows must all have room. */
export const rateLimit = strictObject({
  name: objectName.describe('Stands in the log, in metrics and in the RateLimit fields that callers get.'),
  algorithm: z
    .enum(['SlidingWindow', 'TokenBucket'])
    .default('TokenBucket')
    .describe('TokenBucket: an even flow with bursts. SlidingWindow: never more than `requests` in any window.'),
  windows: z
    .array(window)
    .min(1)
    .max(4)
    .check(uniqueBy('the window', ({ per }) => per, ['per']))
    .describe('All of them must have room.'),
  key: limitKey,
  cost: z.int().min(1).max(MAX_QUOTA).default(1).describe('What a request counts as.'),
  per: z
    .enum(['Policy', 'Route'])
    .default('Policy')
    .describe('Policy: one count for all that the policy covers. Route: one for each route.'),
  shared: sharedLimit.optional(),
  when: requestConditions.optional().describe('Only requests that fit are counted; all of them without it.'),
  mode: z.enum(['Enforce', 'Shadow']).default('Enforce').describe('Shadow: what it would refuse is counted and logged only.'),
})
  .check(
    withApiForm(LIMIT_RULES, context => {
      const { algorithm, windows, cost } = context.value;
      for (const [index, { requests, burst }] of windows.entries()) {
        if (algorithm === 'SlidingWindow' && burst !== undefined) {
          addProblem(
            context,
            ['windows', index, 'burst'],
            'has no effect on a SlidingWindow\nleave it out, or write TokenBucket',
          );
        }
        if (cost <= (burst ?? requests)) continue;
        addProblem(context, ['cost'], `is more than window ${index} ever admits at once\nwrite at most ${burst ?? requests}`);
      }
    }),
  )
  .describe('A limit on how many requests come.');
