// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import * as z from 'zod';
import { backendObjectRefShape, requirePort } from './backend-object-ref.ts';
import { duration, objectName } from './fields.ts';
import { httpRouteFilters } from './http-route-filter.ts';
import type { HttpRouteFilter } from './http-route-filter.ts';
import { anyRequest, httpRouteMatch } from './http-route-match.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { sessionPersistence } from './session-persistence.ts';
import { says, strictObject } from './strict-object.ts';

const backendRef = strictObject({
  ...backendObjectRefShape,
  weight: z.int().min(0).max(1_000_000).default(1),
  filters: httpRouteFilters.optional(),
}).check(requirePort);

/** HTTPRouteTimeouts (GEP-1742); `0s` = none. */
const timeouts = strictObject({ request: duration.optional(), backendRequest: duration.optional() }).check(context => {
  const { request, backendRequest } = context.value;
  // Checks run also where a field has been refused already.
  if (request === undefined || backendRequest === undefined || !isDuration(request) || !isDuration(backendRequest)) return;
  const requestMs = parseDuration(request);
  if (requestMs === 0 || parseDuration(backendRequest) <= requestMs) return;
  const message = `is ${backendRequest}, longer than the timeout of the whole request, ${request}`;
  addProblem(context, ['backendRequest'], `${message}\nwrite at most ${request}`);
});

/** HTTPRouteRetry (GEP-1731). */
const retry = strictObject({
  codes: z
    .array(z.int().min(400).max(599))
    .check(uniqueBy('the code', code => String(code)))
    .optional(),
  attempts: z.int().min(1, says('is no number of retries', 'write at least 1, or leave retry out')).optional(),
  backoff: duration.optional(),
});

/** HTTPRouteRule. */
export const httpRouteRule = strictObject({
  name: objectName.optional(),
  matches: z.array(httpRouteMatch).max(64).default(anyRequest),
  filters: httpRouteFilters.optional(),
  backendRefs: z.array(backendRef).max(16).optional(),
  timeouts: timeouts.optional(),
  retry: retry.optional(),
  sessionPersistence: sessionPersistence.optional(),
}).check(context => {
  const { matches, filters = [], backendRefs = [] } = context.value;
  if (backendRefs.length > 0 && filters.some(({ type }) => type === 'RequestRedirect')) {
    const message = 'is written beside a RequestRedirect, which answers without a backend';
    addProblem(context, ['backendRefs'], `${message}\nleave one of them out`);
  }
  const [only] = matches;
  const hasOnePrefix = matches.length === 1 && only?.path.type === 'PathPrefix';
  if (hasOnePrefix) return;
  const lists = [
    { path: ['filters'], list: filters },
    ...backendRefs.map((ref, index) => ({ path: ['backendRefs', index, 'filters'], list: ref.filters ?? [] })),
  ];
  for (const { path, list } of lists) {
    for (const [index, filter] of list.entries()) {
      const field = prefixField(filter);
      if (field === undefined) continue;
      const message = 'is ReplacePrefixMatch, and the rule does not have exactly one match, of type PathPrefix';
      addProblem(context, [...path, index, field, 'path', 'type'], `${message}\nwrite a rule of its own for each prefix`);
    }
  }
});

function prefixField({ requestRedirect, urlRewrite }: HttpRouteFilter): 'requestRedirect' | 'urlRewrite' | undefined {
  if (requestRedirect?.path?.type === 'ReplacePrefixMatch') return 'requestRedirect';
  return urlRewrite?.path?.type === 'ReplacePrefixMatch' ? 'urlRewrite' : undefined;
}
