// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import * as z from 'zod';
import { JWT_ALGORITHMS } from '../../../snapshot/index.ts';
import { exactlyOneOf, inCel, rulesOf, withApiForm } from '../api-form.ts';
import { duration, headerName } from '../fields.ts';
import { labelSelector } from '../label-selector.ts';
import { addProblem, uniqueBy, uniqueValues } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { claimPath } from './claim-path.ts';
import { jwks } from './jwks.ts';
import { parameterName } from './parameter-name.ts';

/** Clocks differ by seconds; more would be a way to use tokens that have expired. */
const MAX_LEEWAY_MS = 600_000;

const PLACES = ['header', 'query', 'cookie'] as const;

const PLACE_FORM = inCel(...rulesOf(exactlyOneOf(PLACES)), {
  rule: 'has(self.header) || !has(self.scheme)',
  message: 'only header fields have a word before the token: write header',
});

/** Where a bearer token is looked for. */
export const tokenSource = strictObject({
  header: headerName.optional().describe('Name of a header field.'),
  scheme: headerName
    .optional()
    .describe('The word before the token in the header field; of Authorization it is Bearer where it is not written.'),
  query: parameterName.optional().describe('Name of a query parameter. It is kept out of the access log.'),
  cookie: parameterName.optional().describe('Name of a cookie.'),
}).check(
  withApiForm(PLACE_FORM, context => {
    const { value } = context;
    const written = PLACES.filter(place => value[place] !== undefined);
    if (written.length === 0) addProblem(context, [], 'names no place\nwrite one of header, query or cookie');
    if (written.length > 1) addProblem(context, [], 'names several places\nwrite an item for each of them');
    if (value.scheme !== undefined && value.header === undefined) {
      addProblem(context, ['scheme'], 'is written, and only header fields have a word before the token\nleave it out');
    }
  }),
);

const requiredClaim = strictObject({
  path: claimPath,
  values: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(64)
    .optional()
    .describe(
      'One of them must be the claim, or in it where it is a list, or of `scope` a word of it. Without any the claim must be there.',
    ),
});

const claimToHeader = strictObject({
  path: claimPath,
  header: headerName.describe('The backend gets the claim in it. What a client sends under that name is removed, whoever it is.'),
});

const LEEWAY_FORM = { kind: 'none', reason: 'CEL has no durations of GEP-2257' } as const;

/** JSON Web Tokens of one issuer (RFC 7519, RFC 6750). */
export const jwt = strictObject({
  issuer: z.string().min(1).max(1024).describe('`iss` of its tokens, to the letter.'),
  audiences: z
    .array(z.string().min(1).max(1024))
    .max(64)
    .check(uniqueValues('the audience'))
    .optional()
    .describe('`aud` must have one of them. An empty list takes tokens that are meant for any service.'),
  algorithms: z
    .array(z.enum(JWT_ALGORITHMS))
    .min(1)
    .max(JWT_ALGORITHMS.length)
    .check(uniqueValues('the algorithm'))
    .optional()
    .describe('Signatures that are taken, of those that the keys are for; all of these where it is not written.'),
  jwks: jwks.describe('The keys of the issuer (RFC 7517).'),
  from: z
    .array(tokenSource)
    .min(1)
    .max(8)
    .optional()
    .describe('Where the token is looked for; the first place that has one counts. By default Authorization, after Bearer.'),
  leeway: duration.optional().describe('By how much clocks may differ, for `exp`, `nbf` and `iat`; 1m by default, at most 10m.'),
  requiredClaims: z.array(requiredClaim).min(1).max(16).optional().describe('What a token must say; all of them.'),
  claimsToHeaders: z
    .array(claimToHeader)
    .min(1)
    .max(32)
    .check(uniqueBy('the header', ({ header }) => header.toLowerCase(), ['header']))
    .optional()
    .describe('Claims that the backend gets as header fields.'),
  forward: z
    .boolean()
    .default(true)
    .describe('Whether a token that was verified goes on to the backend. One that was not verified never does.'),
  consumers: labelSelector
    .optional()
    .describe(
      "Consumers of the policy's namespace, by their labels: a token that is none of theirs is refused. Where it is not written " +
        'any token of the issuer is admitted, and is the Consumer that names it, if one does.',
    ),
})
  .describe('JSON Web Tokens of one issuer.')
  .check(
    withApiForm(LEEWAY_FORM, context => {
      const { leeway } = context.value;
      if (leeway === undefined || !isDuration(leeway) || parseDuration(leeway) <= MAX_LEEWAY_MS) return;
      addProblem(context, ['leeway'], `is ${leeway}, and expired tokens would be taken as long\nwrite at most 10m`);
    }),
  );
