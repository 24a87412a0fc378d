// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import * as z from 'zod';
import { MAX_KEY_SET_BYTES } from '../../../snapshot/index.ts';
import { exactlyOneOf, inCel, rulesOf, withApiForm } from '../api-form.ts';
import { duration, referencedName } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';

/** What the cache of key sets keeps to. */
const MIN_REFRESH_MS = 10_000;
const MAX_REFRESH_MS = 86_400_000;

const SOURCES = ['uri', 'inline', 'secretRef', 'configMapRef'] as const;

function entryOf(kind: string) {
  return strictObject({
    name: referencedName.describe(`A ${kind} of the policy's namespace.`),
    key: z.string().min(1).max(253).default('jwks.json').describe(`The entry of the ${kind} that holds the key set as JSON.`),
  });
}

/** How long `refresh` is, only Weir knows: CEL has no durations of GEP-2257. */
const KEYS_FORM = inCel(
  ...rulesOf(exactlyOneOf(SOURCES)),
  { rule: 'has(self.uri) || !has(self.refresh)', message: 'refresh is for keys that are fetched: write uri' },
  { rule: 'has(self.uri) || !has(self.allowPlaintext)', message: 'allowPlaintext is for keys that are fetched: write uri' },
);

/** Where the keys of an issuer come from: one of four. */
export const jwks = strictObject({
  uri: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe('They are fetched from there, by each worker, and refreshed in the background.'),
  refresh: duration
    .optional()
    .describe('How long fetched keys are used before they are fetched anew; 10m by default, 10s to 24h.'),
  allowPlaintext: z
    .boolean()
    .optional()
    .describe('Whether `uri` may be http: beyond loopback. Whoever is on the way can then make tokens.'),
  inline: z.string().min(1).max(MAX_KEY_SET_BYTES).optional().describe('The key set as JSON.'),
  secretRef: entryOf('Secret').optional().describe('A key set in a Secret; only here may it have secrets (`kty: oct`), for HS.'),
  configMapRef: entryOf('ConfigMap').optional().describe('A key set in a ConfigMap.'),
}).check(
  withApiForm(KEYS_FORM, context => {
    const { value } = context;
    const written = SOURCES.filter(source => value[source] !== undefined);
    if (written.length === 0) addProblem(context, [], `says no keys\nwrite one of ${SOURCES.join(', ')}`);
    if (written.length > 1) addProblem(context, [], `has ${written.join(' and ')}\nwrite one of them`);
    for (const field of ['refresh', 'allowPlaintext'] as const) {
      if (value[field] === undefined || value.uri !== undefined) continue;
      addProblem(context, [field], 'is written, and it is for keys that are fetched\nleave it out, or write uri');
    }
    const { refresh } = value;
    if (refresh === undefined || !isDuration(refresh)) return;
    const refreshMs = parseDuration(refresh);
    if (refreshMs >= MIN_REFRESH_MS && refreshMs <= MAX_REFRESH_MS) return;
    addProblem(context, ['refresh'], `is ${refresh}, and keys are fetched once in 10s to 24h\nwrite a time in between`);
  }),
);
