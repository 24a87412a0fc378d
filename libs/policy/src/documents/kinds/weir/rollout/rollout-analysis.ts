// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../../api-form.ts';
import { boundedDuration } from '../../bounded-duration.ts';
import { exactlyOne } from '../../exactly-one.ts';
import { objectName } from '../../fields.ts';
import { addProblem, uniqueBy } from '../../list-rules.ts';
import { strictObject } from '../../strict-object.ts';

/** API servers are told the same of both kinds of bounds. */
function oneOrBoth(absolute: string, compared: string) {
  return inCel({ rule: `has(self.${absolute}) || has(self.${compared})`, message: `${absolute} or ${compared} must be written` });
}

const successRate = strictObject({
  minPercent: z.number().min(1).max(99.99).optional().describe('What the new revision has to reach.'),
  maxDrop: z
    .number()
    .min(0.1)
    .max(100)
    .optional()
    .describe('Points that the new revision may be beneath stable at the same time.'),
})
  .check(
    withApiForm(oneOrBoth('minPercent', 'maxDrop'), context => {
      const { minPercent, maxDrop } = context.value;
      if (minPercent === undefined && maxDrop === undefined) {
        addProblem(context, [], 'has no bound\nwrite minPercent or maxDrop, or both');
      }
    }),
  )
  .describe('Share of the attempts that did not fail, as circuit breakers see failures.');

const latency = strictObject({
  quantile: z
    .number()
    .min(1)
    .max(99.9)
    .default(99)
    .describe('In percent: 99 = what all but one of a hundred answers are faster than.'),
  max: boundedDuration(1, 3_600_000).optional().describe('What the new revision must not exceed.'),
  maxRatio: z
    .number()
    .min(1.05)
    .max(100)
    .optional()
    .describe('How many times as slow as stable at the same time the new revision may be.'),
})
  .check(
    withApiForm(oneOrBoth('max', 'maxRatio'), context => {
      const { max, maxRatio } = context.value;
      if (max === undefined && maxRatio === undefined) addProblem(context, [], 'has no bound\nwrite max or maxRatio, or both');
    }),
  )
  .describe('Time to the head of the answer.');

const prometheus = strictObject({
  url: z.string().min(1).max(2048).describe('Of the server, such as http://prometheus.monitoring:9090.'),
  query: z
    .string()
    .min(1)
    .max(4096)
    .describe('In PromQL; its value is `value` in `cel`. An answer without a value decides nothing.'),
  cel: z.string().min(1).max(1024).describe('What must be true of `value`, such as `value < 0.5`.'),
}).describe('A question to a Prometheus server. One that cannot be reached decides nothing.');

const condition = strictObject({
  name: objectName.describe('Stands in the status and in events.'),
  successRate: successRate.optional(),
  latency: latency.optional(),
  cel: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'What must be true of `stable` and `candidate`, each with requests, failures, successPercent and p50, p90, p95, p99 in ms. It is asked of the numbers as they are, without regard to chance, once there are enough.',
    ),
  prometheus: prometheus.optional(),
})
  .check(exactlyOne(['successRate', 'latency', 'cel', 'prometheus'], 'what must hold'))
  .describe('Something that must hold of the new revision.');

/** What the new revision is judged by while it has requests. */
export const rolloutAnalysis = strictObject({
  conditions: z
    .array(condition)
    .min(1)
    .max(16)
    .check(uniqueBy('the name', ({ name }) => name, ['name']))
    .describe('All of them must hold.'),
  minimumRequests: z.int().min(10).max(1_000_000).default(100).describe('Attempts at each revision before anything is decided.'),
  falseAbortPercent: z
    .number()
    .min(0.01)
    .max(20)
    .default(1)
    .describe('Of rollouts of versions that are within all bounds, how many may be aborted by chance, at most.'),
  onNotEnoughTraffic: z
    .enum(['Abort', 'Continue', 'Wait'])
    .default('Wait')
    .describe('What follows where the time of a step is over and there were too few requests. Wait: it goes on measuring.'),
  onUndecided: z
    .enum(['Abort', 'Continue', 'Wait'])
    .default('Continue')
    .describe('What follows where the time of a step is over and neither is shown, that all holds or that something does not.'),
}).describe(
  'What the new revision is judged by, from its first request to its last step. What is shown to be broken aborts at any time.',
);

/** What each proxy does by itself. */
export const rolloutFuse = strictObject({
  mode: z
    .enum(['Disabled', 'Enabled'])
    .default('Enabled')
    .describe('Disabled: only the analysis and people take the new revision out.'),
  errorPercent: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe('Blows when at least this share of the attempts within `window` failed.'),
  minimumRequests: z.int().min(5).max(1_000_000).default(50).describe('With fewer attempts within `window` it does not blow.'),
  window: boundedDuration(1000, 60_000).default('5s').describe('How far back attempts count.'),
}).describe('Takes the new revision out at once at the proxy that sees it fail, even while nobody can be asked, and aborts.');
