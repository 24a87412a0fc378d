// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '@weir/base';
import { createAccessFilter } from './access/access-filter.ts';
import { ConcurrencyLimitFilter } from './concurrency-limit/concurrency-limit-filter.ts';
import { compileCors } from './cors/cors.ts';
import { compileExternalAuth } from './external-authorization/external-auth.ts';
import { FaultInjectionFilter } from './fault-injection/fault-injection-filter.ts';
import type { FilterContext } from './filter-context.ts';
import { FILTER_ORDER } from './filter-order.ts';
import type { RunnableSpec } from './filter-order.ts';
import { createRateLimitFilter } from './rate-limit/rate-limit-filter.ts';
import { compileRequestHeaderModifier } from './request-header-modifier/request-header-modifier.ts';
import { compileRequestMirror } from './request-mirror/request-mirror.ts';
import { compileRequestRedirect } from './request-redirect/request-redirect.ts';
import { compileResponseHeaderModifier } from './response-header-modifier/response-header-modifier.ts';
import { compileUrlRewrite } from './url-rewrite/url-rewrite.ts';

/**
 * The filters of a rule or backend as running filters, in the order of `FILTER_ORDER`; equal kinds keep the document's order.
 * Call `onRequest` first to last and `onResponse` last to first. Only access policies,
 * ExternalAuth, concurrency limits and injected faults may return a promise, where they have to wait; the first two alone may look at the request's body.
 *
 * Never throws: a filter that cannot do what is written refuses each request (`filter_unsupported`) rather than being skipped.
 */
export function compileFilters(specs: readonly RunnableSpec[], context: FilterContext): readonly Filter[] {
  return specs
    .toSorted((left, right) => FILTER_ORDER[left.kind] - FILTER_ORDER[right.kind])
    .map(spec => compileFilter(spec, context));
}

function compileFilter(spec: RunnableSpec, context: FilterContext): Filter {
  switch (spec.kind) {
    case 'earlyRateLimit':
    case 'rateLimit':
      return createRateLimitFilter(spec, context);
    case 'concurrencyLimit':
      return new ConcurrencyLimitFilter(spec, context);
    case 'faultInjection':
      return new FaultInjectionFilter(spec, context);
    case 'access':
      return createAccessFilter(spec, context.accessChain);
    case 'externalAuth':
      return compileExternalAuth(spec, context);
    case 'cors':
      return compileCors(spec);
    case 'responseHeaderModifier':
      return compileResponseHeaderModifier(spec);
    case 'requestRedirect':
      return compileRequestRedirect(spec);
    case 'requestHeaderModifier':
      return compileRequestHeaderModifier(spec);
    case 'urlRewrite':
      return compileUrlRewrite(spec);
    case 'requestMirror':
      return compileRequestMirror(spec, context);
  }
}
