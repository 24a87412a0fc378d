// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { commonRouteShape } from './common-route.ts';
import { hostname } from './fields.ts';
import { anyRequest } from './http-route-match.ts';
import { httpRouteRule } from './http-route-rule.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const MAX_MATCHES = 128;

/** gateway.networking.k8s.io/v1 HTTPRoute. */
export const httpRouteBody = {
  spec: strictObject({
    ...commonRouteShape,
    hostnames: z.array(hostname).max(16).optional(),
    rules: z
      .array(httpRouteRule)
      .min(1)
      .max(16)
      .check(
        uniqueBy('the name', ({ name }) => name, ['name']),
        refuseTooManyMatches,
      )
      .default(() => [{ matches: anyRequest() }]),
  }),
};

/** A check of all the rules of a route: each has its own limit, and so have all together. */
export function refuseTooManyMatches(context: z.core.ParsePayload<{ matches: readonly unknown[] }[]>): void {
  const count = context.value.reduce((sum, { matches }) => sum + matches.length, 0);
  if (count <= MAX_MATCHES) return;
  addProblem(context, [], `has ${count} matches in all its rules, and ${MAX_MATCHES} are allowed\nwrite several routes`);
}
