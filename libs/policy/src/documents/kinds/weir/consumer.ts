// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { referencedName } from '../fields.ts';
import { uniqueValues } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';
import { preciseCertificateName } from './certificate-name.ts';

const MAX_CREDENTIALS = 8;

const time = z
  .string()
  .refine(text => !Number.isNaN(Date.parse(text)), says('is no time', 'write a time such as 2026-01-31T12:00:00Z'));

const apiKey = strictObject({
  secretRef: strictObject({
    name: referencedName.describe("A Secret of the Consumer's namespace."),
    key: z.string().min(1).max(253).default('api-key').describe('The entry of the Secret that holds the key.'),
  }),
  expires: time.optional().describe('From then on the key is refused.'),
}).describe('A key. Several are valid at once, so that a new one can be handed out before the old one goes.');

const password = strictObject({
  secretRef: strictObject({
    name: referencedName.describe(
      "A Secret of the Consumer's namespace with `username`, and either `password` or `password-hash`: of scrypt, argon2id or PBKDF2.",
    ),
  }),
  expires: time.optional().describe('From then on the password is refused.'),
}).describe('A name and password. Several are valid at once, so that a new one can be handed out before the old one goes.');

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
  }),
};
