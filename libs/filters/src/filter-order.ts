// SPDX-License-Identifier: Apache-2.0
import type { FilterSpec } from '@weir/policy/snapshot';
import type { AccessSpec } from './access/access-filter.ts';
import type { ConcurrencyLimitFilterSpec } from './concurrency-limit/concurrency-limit-filter.ts';
import type { FaultInjectionFilterSpec } from './fault-injection/fault-injection-filter.ts';
import type { RateLimitFilterSpec } from './rate-limit/rate-limit-filter.ts';

/** What becomes a filter: what routes ask for, and the policies that hold for them. */
export type RunnableSpec = AccessSpec | ConcurrencyLimitFilterSpec | FaultInjectionFilterSpec | FilterSpec | RateLimitFilterSpec;

/**
 * The one order of filters: top to bottom on the request, bottom to top on the response, whatever the document's order.
 * The Gateway API leaves the order of different filters open; a kind without a place here does not compile.
 */
export const FILTER_ORDER: Readonly<Record<RunnableSpec['kind'], number>> = {
  // Preflights carry no credentials and must be answered before anything can refuse or redirect them (Fetch §4.8: a redirected
  // preflight fails). Last on the response, so that nothing below undoes what it decided.
  cors: 0,
  // Touches no request. Above whatever may answer, so that the answers made here carry its fields too.
  responseHeaderModifier: 1,
  // Before anybody is asked who they are: a flood from one address may not keep authentication busy.
  earlyRateLimit: 2,
  // Before all that acts on a request: nobody who is not admitted learns where it would go, and rules see it as it was sent.
  access: 3,
  // Behind access: callers are known, and whoever is refused takes nothing of what others have.
  rateLimit: 4,
  // What policies and limits refuse nobody has to be asked about; as they, before anything of the request is changed.
  externalAuth: 5,
  // Ends the exchange: judged by the request as the client sent it, before anything changes the host or the path.
  requestRedirect: 6,
  // Behind all that refuses or answers: only what goes on to a backend takes a place, and waits for one. Before the request is changed.
  concurrencyLimit: 7,
  // Behind the place that a request holds: it is held up, or ended, as by a backend that is slow or fails.
  faultInjection: 8,
  requestHeaderModifier: 9,
  // After the header changes: a hostname here is the more exact statement of what Host shall be.
  urlRewrite: 10,
  // Last: a mirror gets the request that the backend gets.
  requestMirror: 11,
};
