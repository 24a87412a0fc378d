// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { targetRefs } from './policy-target.ts';
import { rateLimitStore } from './rate-limit-store.ts';
import { balancing } from './traffic-balancing.ts';
import { circuitBreaker } from './traffic-circuit-breaker.ts';
import { concurrencyLimits } from './traffic-concurrency-limit.ts';
import { connectionLimits } from './traffic-connection-limits.ts';
import { faults } from './traffic-fault.ts';
import { healthCheck, outlierDetection, panicThreshold, slowStart } from './traffic-health.ts';
import { priority } from './traffic-priority.ts';
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

/** What a policy may say; one of them it has to. */
const PARTS = [
  'timeouts',
  'retry',
  'balancing',
  'outlierDetection',
  'healthCheck',
  'slowStart',
  'panicThreshold',
  'sessionPersistence',
  'circuitBreaker',
  'connectionLimits',
  'rateLimits',
  'concurrencyLimits',
  'faults',
  'priority',
] as const;
const PART_WORDS = new Intl.ListFormat('en', { type: 'disjunction', style: 'long' }).format(PARTS);

const SAYS_SOMETHING = inCel({
  rule: PARTS.map(part => `has(self.${part})`).join(' || '),
  message: `one of ${PART_WORDS} must be written`,
});

/** Limits that are shared need a store, and a store needs them. */
const STORE_FITS = inCel(
  {
    rule: '!has(self.rateLimits) || has(self.rateLimitStore) || self.rateLimits.all(limit, !has(limit.shared))',
    message: 'rateLimitStore must be written for limits that are shared',
  },
  {
    rule: '!has(self.rateLimitStore) || (has(self.rateLimits) && self.rateLimits.exists(limit, has(limit.shared)))',
    message: 'rateLimitStore may be written for limits that are shared only',
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
  balancing: balancing
    .optional()
    .describe("How one of a Service's endpoints is chosen. Only of policies for a Service, its Namespace or a Gateway."),
  outlierDetection: outlierDetection
    .optional()
    .describe('Leaves endpoints alone for a while that fail. Only of policies for a Service, its Namespace or a Gateway.'),
  healthCheck: healthCheck
    .optional()
    .describe('Asks endpoints whether they can serve. Only of policies for a Service, its Namespace or a Gateway.'),
  slowStart: slowStart
    .optional()
    .describe(
      'Gives endpoints that are new, or that come back, a share that grows with time; `type: ConsistentHash` does not. Only of policies for a Service, its Namespace or a Gateway.',
    ),
  panicThreshold: panicThreshold
    .optional()
    .describe(
      'Where a smaller share of the endpoints is available, in percent, all are used as if they were; 50 unless written, 0 = never. Only of policies for a Service, its Namespace or a Gateway.',
    ),
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
  rateLimitStore: rateLimitStore.optional(),
  concurrencyLimits: concurrencyLimits
    .optional()
    .describe('Limits on how many requests are in flight. Those of every policy hold.'),
  priority: priority
    .optional()
    .describe(
      'Which requests are refused first when the gateway runs out of memory, of time or of room: Low before Normal before High before Critical. Normal unless written, Critical for health checks.',
    ),
  faults: faults
    .optional()
    .describe('What goes wrong on purpose, to see how callers bear it. Those of every policy can befall a request.'),
})
  .check(
    withApiForm(SAYS_SOMETHING, context => {
      if (PARTS.some(part => context.value[part] !== undefined)) return;
      addProblem(context, [], `says nothing about traffic\nwrite ${PART_WORDS}`);
    }),
  )
  .check(
    withApiForm(STORE_FITS, context => {
      const { rateLimits: limits = [], rateLimitStore: store } = context.value;
      const index = limits.findIndex(({ shared }) => shared !== undefined);
      if (index !== -1 && store === undefined) {
        const hint = 'write rateLimitStore: { redis: { url: … } } beside rateLimits, or leave shared out';
        addProblem(context, ['rateLimits', index, 'shared'], `needs a store that all gateways count in\n${hint}`);
      }
      if (index === -1 && store !== undefined) {
        const hint = 'write shared: {} in a limit, or leave rateLimitStore out';
        addProblem(context, ['rateLimitStore'], `has no effect without a limit that is shared\n${hint}`);
      }
    }),
  )
  .describe('How requests are carried: how long they may take, when they are sent again, how many may come.');

export const trafficPolicyBody = { spec: trafficPolicySpec };
