// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { RateCharge, RateOutcome } from './rate-counters.ts';
import { rateKeyOf } from './rate-key.ts';
import type { RunningLimit } from './running-limits.ts';

/** What a request costs a limit. */
export function chargeOf(exchange: Exchange, { prepared, key, spec }: RunningLimit): RateCharge {
  return { limit: prepared, key: rateKeyOf(exchange, key), cost: spec.cost };
}

/** Counters that refused a request. */
export interface RefusingCounters {
  readonly outcome: RateOutcome;
  /** Those that were counted there, in the order of the charges. */
  readonly limits: readonly RunningLimit[];
}

/** What a request that found no room gets. `acting`: all the limits that it was to be counted in. */
export function refusal(exchange: Exchange, acting: readonly RunningLimit[], { outcome, limits }: RefusingCounters): Fault {
  const label = limits[outcome.refusedIndex]?.label ?? '';
  exchange.decidedBy = label;
  const headers = HeaderList.of(...fieldsOf(acting, outcome.limitField()));
  const retryAfter = outcome.retryAfter();
  if (retryAfter !== undefined) headers.append('retry-after', retryAfter);
  return new Fault('rate_limited', `rate limit ${label} is used up`, { headers });
}

/** Notes what the answer will say of limits that have admitted a request. */
export function tellCaller(exchange: Exchange, limits: readonly RunningLimit[], limitField: string): void {
  const fields = fieldsOf(limits, limitField);
  const { rateLimitFields } = exchange;
  exchange.rateLimitFields = rateLimitFields.length === 0 ? fields : [...rateLimitFields, ...fields];
}

/** Notes that a limit which only looks on would have refused a request. */
export function noteShadow(exchange: Exchange, { label }: RunningLimit): void {
  exchange.shadowRefusals = [...exchange.shadowRefusals, label];
}

type Fields = readonly (readonly [name: string, value: string])[];

/** RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers). */
function fieldsOf(limits: readonly RunningLimit[], limitField: string): Fields {
  const [only] = limits;
  const policyField =
    limits.length === 1 && only !== undefined
      ? only.prepared.policyField
      : limits.map(({ prepared }) => prepared.policyField).join(', ');
  return [
    ['ratelimit-policy', policyField],
    ['ratelimit', limitField],
  ];
}
