// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { boundedDuration } from '../bounded-duration.ts';
import { inCel, withApiForm } from '../api-form.ts';
import { referencedName } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';

/** A host or address, a port, a database; whoever may be told apart from others by a password stands in a Secret. */
const REDIS_URL = /^rediss?:\/\/(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:\/[0-9]{0,4})?$/;
const HAS_CREDENTIALS = /^rediss?:\/\/[^/]*@/;
const MIN_TIMEOUT_MS = 5;
const MAX_TIMEOUT_MS = 5_000;

const redisUrl = z
  .string()
  .max(320)
  .check(
    withApiForm({ kind: 'pattern', pattern: REDIS_URL.source }, context => {
      const problem = urlProblem(context.value);
      if (problem !== undefined) addProblem(context, [], problem);
    }),
  );

/** Why a URL names no server; undefined = it does. */
function urlProblem(url: string): string | undefined {
  if (HAS_CREDENTIALS.test(url)) {
    const why = 'has a user name or password, and whoever reads the policy would read them';
    return `${why}\nleave them out, and name a Secret in credentialsRef`;
  }
  if (REDIS_URL.test(url) && URL.canParse(url)) return undefined;
  return 'is no URL of Redis\nwrite one such as redis://host:6379 or rediss://host:6379/0';
}

const authorityRef = strictObject({
  kind: z.enum(['ConfigMap', 'Secret']).default('ConfigMap').describe('ConfigMap or Secret.'),
  name: referencedName.describe("An object of the policy's namespace."),
}).describe('Authorities in PEM form, in the entry `ca.crt`.');

const redis = strictObject({
  url: redisUrl.describe(
    'Where it is: `redis://host:port/database`, or `rediss://` for TLS; port 6379 and database 0 unless written. Never with credentials.',
  ),
  credentialsRef: strictObject({ name: referencedName.describe("A Secret of the policy's namespace.") })
    .optional()
    .describe('A Secret with `password`, and `username` for a user of an access list (ACL).'),
  caCertificateRefs: z
    .array(authorityRef)
    .min(1)
    .max(8)
    .optional()
    .describe("Who may vouch for the server's certificate; the authorities that Node knows unless written. Of `rediss://` only."),
  timeout: boundedDuration(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)
    .optional()
    .describe('How long a request waits for it; 100ms unless written. Then `onFailure` says what becomes of it.'),
}).check(
  withApiForm(
    inCel({
      rule: "!has(self.caCertificateRefs) || self.url.startsWith('rediss://')",
      message: 'caCertificateRefs may be written for a url of rediss:// only',
    }),
    context => {
      const { url, caCertificateRefs } = context.value;
      if (caCertificateRefs === undefined || !url.startsWith('redis:')) return;
      addProblem(context, ['caCertificateRefs'], 'has no effect without TLS\nwrite the url with rediss://, or leave it out');
    },
  ),
);

/** Where the limits of a policy that are `shared` are counted, by all gateways together. */
export const rateLimitStore = strictObject({
  redis: redis.describe('A Redis server, 5 or newer, or what speaks its protocol with scripts. One server: no cluster.'),
}).describe('Where limits with `shared` are counted. It belongs to its policy, and is not merged.');

/** Of a limit: that it is one for all gateways. */
export const sharedLimit = strictObject({
  onFailure: z
    .enum(['Closed', 'Local', 'Open'])
    .default('Local')
    .describe(
      'While the store does not answer: Local counts in each gateway by itself, with the same numbers; Open lets requests through; Closed refuses them (503).',
    ),
}).describe(
  'The limit is one for all gateways that have this policy, counted in `rateLimitStore`. Without it each gateway counts for itself.',
);
