// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { duration, preciseHostname, referencedName } from '../fields.ts';
import { addProblem, uniqueValues } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { endpointUrlProblem } from './endpoint-url.ts';
import { tokenSource } from './jwt.ts';
import { servicePath } from './service-path.ts';
import { serviceRef } from './service-ref.ts';

const texts = (what: string) => z.array(z.string().min(1).max(1024)).min(1).max(16).check(uniqueValues(what));

const PLACE = inCel(
  {
    rule: 'has(self.url) ? !has(self.backendRef) && !has(self.path) && !has(self.host) : has(self.backendRef) && has(self.path)',
    message: 'either url, or backendRef and path must be written',
  },
  {
    rule: "!has(self.url) || self.url.startsWith('https://') || self.url.startsWith('http://')",
    message: 'url must be one of https, or of http on loopback',
  },
);

const endpoint = strictObject({
  url: z.string().max(2048).optional().describe('Where a server outside answers questions about tokens; https, but on loopback.'),
  backendRef: serviceRef.optional().describe('The Service that issues the tokens, or knows who did.'),
  path: servicePath.optional().describe('Where that Service answers questions about tokens, such as `/oauth2/introspect`.'),
  host: preciseHostname.optional().describe("Host of the question to that Service; the Service's name where it is not written."),
})
  .check(
    withApiForm(PLACE, context => {
      const { url, backendRef, path, host } = context.value;
      if (url === undefined) {
        if (backendRef === undefined) addProblem(context, [], 'names no place\nwrite url, or backendRef and path');
        else if (path === undefined) {
          addProblem(context, ['path'], 'is missing, and a Service needs it\nwrite one such as /oauth2/introspect');
        }
        return;
      }
      const problem = endpointUrlProblem(url);
      if (problem !== undefined) addProblem(context, ['url'], problem);
      if (backendRef !== undefined || path !== undefined || host !== undefined) {
        addProblem(context, [], 'has url beside what a Service is named by\nleave one of them out');
      }
    }),
  )
  .describe('Where questions about tokens are answered: a url, or a Service and a path of it.');

/** Tokens about which their issuer is asked (RFC 7662). */
export const introspection = strictObject({
  endpoint,
  clientId: z.string().min(1).max(256).describe('By which the issuer knows who asks.'),
  clientSecretRef: strictObject({
    name: referencedName.describe("A Secret of the policy's namespace."),
    key: z.string().min(1).max(253).default('client-secret').describe('The entry of the Secret.'),
  }).describe('What the issuer knows the client by (RFC 6749 §2.3.1).'),
  from: z
    .array(tokenSource)
    .min(1)
    .max(8)
    .optional()
    .describe('Where the token is looked for; the first place that has one counts. By default Authorization, after Bearer.'),
  issuer: z.string().min(1).max(1024).optional().describe('What `iss` must be; it is not looked at where this is not written.'),
  audiences: texts('the audience').optional().describe('One of them must be in `aud`.'),
  scopes: texts('the scope').optional().describe('All of them must be in `scope`.'),
  timeout: duration.optional().describe('For the whole question; 1s where it is not written, and at most 30s.'),
  cacheFor: duration
    .optional()
    .describe(
      'How long an answer is used again, and a token that was revoked with it; 60s where it is not written, at most 10m, never past `exp`.',
    ),
  forward: z.boolean().default(false).describe('Whether the token is passed on to the backend. By default it is taken out.'),
}).describe('Tokens whose issuer is asked about them (RFC 7662).');
