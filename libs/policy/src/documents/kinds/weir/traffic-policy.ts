// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { targetRefs } from './policy-target.ts';
import { rateLimit } from './traffic-rate-limit.ts';
import { retry } from './traffic-retry.ts';
import { timeouts } from './traffic-timeouts.ts';

const rateLimits = merged(
  z
    .array(rateLimit)
    .max(16)
    .check(uniqueBy('the name', ({ name }) => name, ['name'])),
  {
    chain: 'request',
    strategy: 'all',
    enforcedAt: 'the gateway for Gateways and routes; of a Service whoever receives for it, and the gateway',
  },
);

const SAYS_SOMETHING = inCel({
  rule: 'has(self.timeouts) || has(self.retry) || has(self.rateLimits)',
  message: 'one of timeouts, retry and rateLimits must be written',
});

/** weir.dev/v1alpha1 TrafficPolicy. */
export const trafficPolicySpec = strictObject({
  targetRefs,
  precedence: z
    .enum(['Override'])
    .optional()
    .describe(
      'Override: of fields of which the nearest wins, this policy goes before narrower ones and before what routes say themselves.',
    ),
  timeouts: timeouts.optional(),
  retry: retry.optional(),
  rateLimits: rateLimits.optional().describe('Limits on how many requests come. Those of every policy hold.'),
})
  .check(
    withApiForm(SAYS_SOMETHING, context => {
      const { timeouts: times, retry: repeats, rateLimits: limits } = context.value;
      if ([times, repeats, limits].some(value => value !== undefined)) return;
      addProblem(context, [], 'says nothing about traffic\nwrite timeouts, retry or rateLimits');
    }),
  )
  .describe('How requests are carried: how long they may take, when they are sent again, how many may come.');

export const trafficPolicyBody = { spec: trafficPolicySpec };
