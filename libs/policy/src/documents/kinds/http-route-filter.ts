// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendObjectRef } from './backend-object-ref.ts';
import { groupName, headerName, headerValue, kindName, portNumber, preciseHostname, referencedName } from './fields.ts';
import { httpCorsFilter } from './http-cors-filter.ts';
import { httpExternalAuthFilter } from './http-external-auth-filter.ts';
import { httpPathModifier } from './http-path-modifier.ts';
import { addProblem, uniqueBy, uniqueValues } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const REDIRECT_CODES = [301, 302, 303, 307, 308] as const;

const headerValues = z
  .array(strictObject({ name: headerName, value: headerValue }))
  .max(16)
  .check(uniqueBy('the header', ({ name }) => name, ['name']))
  .optional();

/** HTTPHeaderFilter. */
const headerModifier = strictObject({
  set: headerValues,
  add: headerValues,
  remove: z.array(headerName).max(16).check(uniqueValues('the header')).optional(),
});

const requestMirror = strictObject({
  backendRef: backendObjectRef,
  percent: z.int().min(0).max(100).optional(),
  fraction: strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) })
    .check(context => {
      const { numerator, denominator } = context.value;
      if (numerator <= denominator) return;
      addProblem(
        context,
        ['numerator'],
        `is ${numerator}, more than the denominator ${denominator}\nwrite at most ${denominator}`,
      );
    })
    .optional(),
}).check(context => {
  const { percent, fraction } = context.value;
  if (percent === undefined || fraction === undefined) return;
  addProblem(context, ['fraction'], 'is written beside percent\nwrite one of the two');
});

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
  requestHeaderModifier: headerModifier.optional(),
  responseHeaderModifier: headerModifier.optional(),
  requestMirror: requestMirror.optional(),
  requestRedirect: requestRedirect.optional(),
  urlRewrite: strictObject({ hostname: preciseHostname.optional(), path: httpPathModifier.optional() }).optional(),
  cors: httpCorsFilter.optional(),
  externalAuth: httpExternalAuthFilter.optional(),
  extensionRef: strictObject({ group: groupName, kind: kindName, name: referencedName }).optional(),
}).check(context => {
  const { type } = context.value;
  const needed = FIELD_BY_TYPE[type];
  if (context.value[needed] === undefined) {
    addProblem(context, [needed], `is missing, and type ${type} needs it\nwrite ${needed} with what the filter does`);
  }
  for (const [otherType, field] of Object.entries(FIELD_BY_TYPE)) {
    if (field === needed || context.value[field] === undefined) continue;
    addProblem(context, [field], `is written, and type is ${type}\nwrite a filter of its own with type: ${otherType}`);
  }
});

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
