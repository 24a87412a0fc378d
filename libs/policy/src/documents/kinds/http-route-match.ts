// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { headerName, headerValue } from './fields.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const PATH = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;

/** What a path to be matched literally may not have: a request's path has none of it once it is normalised. */
const FORBIDDEN_IN_PATH: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\/\//, '`//`'],
  [/\/\.(?:\/|$)/, 'a segment `.`'],
  [/\/\.\.(?:\/|$)/, 'a segment `..`'],
  [/%2f/i, '`%2f`'],
  [/#/, '`#`'],
];

const ANY_PATH = { type: 'PathPrefix', value: '/' } as const;

/** HTTPPathMatch. Regular expressions are looked at by the resolver. */
export const pathMatch = strictObject({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
  value: z.string().max(1024).default('/'),
}).check(context => {
  const { type, value } = context.value;
  const problem = type === 'RegularExpression' ? undefined : pathProblem(value);
  if (problem !== undefined) addProblem(context, ['value'], `is \`${value}\`, which ${problem}`);
});

function pathProblem(value: string): string | undefined {
  if (!value.startsWith('/')) return `does not begin with /\nwrite \`/${value}\``;
  const [, found] = FORBIDDEN_IN_PATH.find(([pattern]) => pattern.test(value)) ?? [];
  if (found !== undefined) return `contains ${found}\nwrite the path as it is after normalisation, without it`;
  if (!PATH.test(value)) return 'has a character that no path has\nwrite it percent-encoded, without query and host';
  return undefined;
}

const matchType = z.enum(['Exact', 'RegularExpression']).default('Exact');

/** Header matches of HTTPRoutes and GRPCRoutes. */
export const headerMatches = z
  .array(strictObject({ type: matchType, name: headerName, value: headerValue }))
  .max(16)
  .check(uniqueBy('the header', ({ name }) => name, ['name']));

/** HTTPRouteMatch. */
export const httpRouteMatch = strictObject({
  path: pathMatch.default(ANY_PATH),
  headers: headerMatches.optional(),
  queryParams: z
    .array(strictObject({ type: matchType, name: headerName, value: z.string().min(1).max(1024) }))
    .max(16)
    .check(uniqueBy('the parameter', ({ name }) => name, ['name']))
    .optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
});

/** What stands for matches that are not written: every request. */
export function anyRequest(): { path: { type: 'PathPrefix'; value: string } }[] {
  return [{ path: { ...ANY_PATH } }];
}
