// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { targetRefs } from './policy-target.ts';
import { balancing } from './traffic-balancing.ts';
import { circuitBreaker } from './traffic-circuit-breaker.ts';
import { connectionLimits } from './traffic-connection-limits.ts';
import { rateLimit } from './traffic-rate-limit.ts';
import { retry } from './traffic-retry.ts';
import { sessionPersistencePolicy } from './traffic-session.ts';
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

/** One of them has to be written. */
const SAYING = [
  'timeouts',
  'retry',
  'balancing',
  'sessionPersistence',
  'circuitBreaker',
  'connectionLimits',
  'rateLimits',
] as const;
const NAMES = `${SAYING.slice(0, -1).join(', ')} and ${SAYING.at(-1) ?? ''}`;

const SAYS_SOMETHING = inCel({
  rule: SAYING.map(name => `has(self.${name})`).join(' || '),
  message: `one of ${NAMES} must be written`,
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
  balancing: balancing
    .optional()
    .describe("How one of a Service's endpoints is chosen. Only of policies for a Service, its Namespace or a Gateway."),
  sessionPersistence: sessionPersistencePolicy
    .optional()
    .describe(
      "A client's requests go to the endpoint that answered the first of them. Only of policies for a Service, its Namespace or a Gateway; a route's own goes before it.",
    ),
  circuitBreaker: circuitBreaker
    .optional()
    .describe("When requests to a Service's port are refused at once, as they would fail. One for all workers of a gateway."),
  connectionLimits: connectionLimits
    .optional()
    .describe("What a Service's port may be asked at a time, by all workers of a gateway together."),
  rateLimits: rateLimits.optional().describe('Limits on how many requests come. Those of every policy hold.'),
})
  .check(
    withApiForm(SAYS_SOMETHING, context => {
      if (SAYING.some(name => context.value[name] !== undefined)) return;
      addProblem(context, [], `says nothing about traffic\nwrite ${NAMES.replace(' and ', ' or ')}`);
    }),
  )
  .describe('How requests are carried: how long they may take, when they are sent again, how many may come.');

export const trafficPolicyBody = { spec: trafficPolicySpec };
