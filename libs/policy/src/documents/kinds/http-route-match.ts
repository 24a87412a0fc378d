// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { celText, inCel, withApiForm } from './api-form.ts';
import type { ApiRule } from './api-form.ts';
import { headerName, headerValue } from './fields.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

/** Characters of a path (RFC 3986 §3.3); from & to ; are & ' ( ) * + , - . / digits : and ;. Short, as API servers count its length. */
const PATH = /^(?:[!$&-;=@-Z_~]|%[0-9A-F]{2})+$/i;

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
  type: z
    .enum(['Exact', 'PathPrefix', 'RegularExpression'])
    .default('PathPrefix')
    .describe('How the value is meant: the whole path, whole segments from its start, or an RE2 expression over all of it.'),
  value: z.string().max(1024).default('/').describe('The path, without query.'),
}).check(
  withApiForm(inCel(...literalPathRules()), context => {
    const { type, value } = context.value;
    const problem = type === 'RegularExpression' ? undefined : pathProblem(value);
    if (problem !== undefined) addProblem(context, ['value'], `is \`${value}\`, which ${problem}`);
  }),
);

/** What pathProblem says, for API servers. */
function literalPathRules(): readonly ApiRule[] {
  const unless = (rule: string): string => `self.type == "RegularExpression" || ${rule}`;
  return [
    { rule: unless('self.value.startsWith("/")'), message: 'a path must begin with /' },
    ...FORBIDDEN_IN_PATH.map(([pattern, what]) => ({
      rule: unless(`!self.value.matches(${celText(celPattern(pattern))})`),
      message: `a path must not contain ${what.replaceAll('`', '')}`,
    })),
    {
      rule: unless(`self.value.matches(${celText(celPattern(PATH))})`),
      message: 'a path must have no character that no path has',
    },
  ];
}

function celPattern({ source, ignoreCase }: RegExp): string {
  return `${ignoreCase ? '(?i)' : ''}${source.replaceAll(String.raw`\/`, '/')}`;
}

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
