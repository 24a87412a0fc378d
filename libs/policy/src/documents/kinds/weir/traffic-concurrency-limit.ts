// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { boundedDuration } from '../bounded-duration.ts';
import { objectName } from '../fields.ts';
import { uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { requestConditions } from './access-rule.ts';
import { merged } from './field-traits.ts';
import { limitKey } from './traffic-rate-limit.ts';

const MAX_REQUESTS = 100_000;
const MAX_QUEUE = 10_000;
const MIN_WAIT_MS = 1;
/** Clients and balancers in front have given up by then. */
const MAX_WAIT_MS = 60_000;

const queue = strictObject({
  size: z.int().min(1).max(MAX_QUEUE).describe('How many may wait at once, of each key.'),
  timeout: boundedDuration(MIN_WAIT_MS, MAX_WAIT_MS).describe(
    "How long a request waits at most; the request's own timeout counts on meanwhile.",
  ),
}).describe('Requests beyond the limit wait for a place, the first that came first. Without it they are refused at once.');

const concurrencyLimit = strictObject({
  name: objectName.describe('Stands in the log and in metrics.'),
  requests: z.int().min(1).max(MAX_REQUESTS).describe('How many may be in flight at once, of each key.'),
  key: limitKey,
  per: z
    .enum(['Policy', 'Route'])
    .default('Policy')
    .describe('Policy: one count for all that the policy covers. Route: one for each route.'),
  when: requestConditions.optional().describe('Only requests that fit are counted; all of them without it.'),
  queue: queue.optional(),
  mode: z.enum(['Enforce', 'Shadow']).default('Enforce').describe('Shadow: what it would refuse is counted and logged only.'),
}).describe('A limit on how many requests are in flight.');

/** Limits on requests in flight. */
export const concurrencyLimits = merged(
  z
    .array(concurrencyLimit)
    .max(16)
    .check(uniqueBy('the name', ({ name }) => name, ['name'])),
  {
    chain: 'request',
    strategy: 'all',
    enforcedAt: 'the gateway for Gateways and routes; of a Service whoever receives for it, and the gateway',
  },
);
