// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../../api-form.ts';
import { exactlyOne } from '../../exactly-one.ts';
import { headerName, preciseHostname } from '../../fields.ts';
import { addProblem } from '../../list-rules.ts';
import { strictObject } from '../../strict-object.ts';
import { claimPath } from '../claim-path.ts';
import { parameterName } from '../parameter-name.ts';

const values = z
  .array(z.string().min(1).max(1024))
  .min(1)
  .max(64)
  .describe('One of them must be the whole value. Numbers and booleans of claims are compared as text.');

/** Field of a match, and what it is called in words. */
const PARTS = ['headers', 'cookies', 'claims', 'hosts'] as const;

const SAYS_SOMETHING = inCel({
  rule: PARTS.map(part => `has(self.${part})`).join(' || '),
  message: 'one of headers, cookies, claims and hosts must be written',
});

/** Requests of one kind: all that is written must fit. */
const rolloutMatch = strictObject({
  headers: z
    .array(strictObject({ name: headerName.describe('Name of the field.'), values }))
    .min(1)
    .max(8)
    .optional()
    .describe('Header fields of the request; all of them must fit.'),
  cookies: z
    .array(strictObject({ name: parameterName.describe('Name of the cookie.'), values }))
    .min(1)
    .max(8)
    .optional()
    .describe('Cookies of the request; all of them must fit.'),
  claims: z
    .array(strictObject({ path: claimPath, values }))
    .min(1)
    .max(8)
    .optional()
    .describe('Claims of a token that an AccessPolicy has verified; all of them must fit.'),
  hosts: z.array(preciseHostname).min(1).max(16).optional().describe('Hosts, one of which the request must be for.'),
}).check(
  withApiForm(SAYS_SOMETHING, context => {
    if (PARTS.some(part => context.value[part] !== undefined)) return;
    addProblem(context, [], 'would fit every request\nwrite headers, cookies, claims or hosts; weight: 100 sends all requests');
  }),
);

/** Requests that the new revision gets, whatever its share. */
export const rolloutMatches = z.array(rolloutMatch).min(1).max(8);

/** What keeps a client's requests at one revision. */
export const rolloutAssignment = strictObject({
  header: headerName.optional().describe('Clients with the same value of this header field are one.'),
  cookie: parameterName.optional().describe('Clients with the same value of this cookie are one.'),
  claim: claimPath.optional(),
  address: z.literal(true).optional().describe("Clients are told apart by the client's address, behind trusted forwarding hops."),
})
  .check(exactlyOne(['header', 'cookie', 'claim', 'address'], 'what clients are told apart by'))
  .describe(
    'What keeps a client at one revision: decided where its request enters, and by the next hop where the application sends `weir-client-key` on. Who lacks it is told apart by address. Without it each request is for itself.',
  );
