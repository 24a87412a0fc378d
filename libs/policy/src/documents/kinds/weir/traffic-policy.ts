// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
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
}).check(context => {
  const { timeouts: times, retry: repeats, rateLimits: limits } = context.value;
  if ([times, repeats, limits].some(value => value !== undefined)) return;
  addProblem(context, [], 'says nothing about traffic\nwrite timeouts, retry or rateLimits');
});

export const trafficPolicyBody = { spec: trafficPolicySpec };
