// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { withApiForm } from '../api-form.ts';
import { referencedName } from '../fields.ts';
import { uniqueValues } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';
import { preciseCertificateName } from './certificate-name.ts';
import { claimPath } from './claim-path.ts';

const MAX_CREDENTIALS = 8;

/** RFC 3339: date, time and offset; `2026-01-31` alone would mean another moment in each time zone. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

const time = z
  .string()
  .max(64)
  .refine(
    withApiForm({ kind: 'format', format: 'date-time' }, (text: string) => TIME.test(text) && !Number.isNaN(Date.parse(text))),
    says('is no time', 'write a time such as 2026-01-31T12:00:00Z'),
  );

const apiKey = strictObject({
  secretRef: strictObject({
    name: referencedName.describe("A Secret of the Consumer's namespace."),
    key: z.string().min(1).max(253).default('api-key').describe('The entry of the Secret that holds the key.'),
  }).describe('Where the key is.'),
  expires: time.optional().describe('From then on the key is refused.'),
}).describe('A key. Several are valid at once, so that a new one can be handed out before the old one goes.');

const password = strictObject({
  secretRef: strictObject({
    name: referencedName.describe(
      "A Secret of the Consumer's namespace with `username`, and either `password` or `password-hash`: of scrypt, argon2id or PBKDF2.",
    ),
  }).describe('Where the password is.'),
  expires: time.optional().describe('From then on the password is refused.'),
}).describe('A name and password. Several are valid at once, so that a new one can be handed out before the old one goes.');

const token = strictObject({
  issuer: z.string().min(1).max(1024).describe('`iss` of the tokens, to the letter.'),
  path: claimPath.default(() => ['sub']).describe('The claim that says whose a token is, one name for each level.'),
  value: z
    .string()
    .min(1)
    .max(1024)
    .describe("What the claim is in the Consumer's tokens. Numbers and booleans are compared as text."),
}).describe("Tokens that are the Consumer's, once a policy has verified them.");

/** weir.dev/v1alpha1 Consumer. */
export const consumerBody = {
  spec: strictObject({
    groups: z
      .array(z.string().min(1).max(253))
      .max(64)
      .check(uniqueValues('the group'))
      .default(() => [])
      .describe('What rules may ask for.'),
    apiKeys: z.array(apiKey).max(MAX_CREDENTIALS).optional().describe('Keys of the Consumer.'),
    basic: z.array(password).max(MAX_CREDENTIALS).optional().describe('Names and passwords of the Consumer.'),
    certificates: z
      .array(preciseCertificateName)
      .max(MAX_CREDENTIALS)
      .optional()
      .describe('Names that a verified certificate of the Consumer has, one of them at least.'),
    tokens: z
      .array(token)
      .max(MAX_CREDENTIALS)
      .optional()
      .describe('Whose tokens are the Consumer: it and its groups are known by them.'),
  }).describe('A client of the API: the groups that rules may ask for, and the credentials by which it is known.'),
};
