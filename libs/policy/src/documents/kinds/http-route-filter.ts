// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { portNumber, preciseHostname } from './fields.ts';
import { httpCorsFilter } from './http-cors-filter.ts';
import { httpExternalAuthFilter } from './http-external-auth-filter.ts';
import { httpPathModifier } from './http-path-modifier.ts';
import { checkFilterFields, sharedFilterFields } from './route-filter.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const REDIRECT_CODES = [301, 302, 303, 307, 308] as const;

const requestRedirect = strictObject({
  scheme: z.enum(['http', 'https']).optional(),
  hostname: preciseHostname.optional(),
  path: httpPathModifier.optional(),
  port: portNumber.optional(),
  statusCode: z.literal(REDIRECT_CODES).default(302),
});

/** Each type of filter with the field that holds its settings. */
const FIELD_BY_TYPE = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
  ExtensionRef: 'extensionRef',
} as const;

type FilterType = keyof typeof FIELD_BY_TYPE;

/** What may be there more than once: Gateway API, HTTPRouteRule.filters. */
const REPEATABLE: ReadonlySet<FilterType> = new Set(['RequestMirror', 'ExtensionRef', 'ExternalAuth']);

const filter = strictObject({
  type: z.enum([
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestMirror',
    'RequestRedirect',
    'URLRewrite',
    'CORS',
    'ExternalAuth',
    'ExtensionRef',
  ]),
  ...sharedFilterFields,
  requestRedirect: requestRedirect.optional(),
  urlRewrite: strictObject({ hostname: preciseHostname.optional(), path: httpPathModifier.optional() }).optional(),
  cors: httpCorsFilter.optional(),
  externalAuth: httpExternalAuthFilter.optional(),
}).check(checkFilterFields(FIELD_BY_TYPE));

export type HttpRouteFilter = z.output<typeof filter>;

/** Filters of a rule or of one of its backends. */
export const httpRouteFilters = z
  .array(filter)
  .max(16)
  .check(
    uniqueBy('the filter', ({ type }) => (REPEATABLE.has(type) ? undefined : type), ['type']),
    context => {
      const rewrite = context.value.findIndex(({ type }) => type === 'URLRewrite');
      if (rewrite === -1 || !context.value.some(({ type }) => type === 'RequestRedirect')) return;
      const message = 'is a URLRewrite beside a RequestRedirect: a redirect is answered before anything is rewritten';
      addProblem(context, [rewrite], `${message}\nleave one of them out`);
    },
  );
