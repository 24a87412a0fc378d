// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { exactlyOneOf, withApiForm } from '../api-form.ts';
import { headerName, objectName } from '../fields.ts';
import { labelSelector } from '../label-selector.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';
import { introspection } from './introspection.ts';
import { jwt } from './jwt.ts';
import { parameterName } from './parameter-name.ts';

const PLACES = ['header', 'query', 'cookie'] as const;

/** Where a credential is looked for. */
export const credentialSource = strictObject({
  header: headerName.optional().describe('Name of a header field.'),
  query: parameterName.optional().describe('Name of a query parameter.'),
  cookie: parameterName.optional().describe('Name of a cookie.'),
}).check(
  withApiForm(exactlyOneOf(PLACES), context => {
    const written = PLACES.filter(place => context.value[place] !== undefined);
    if (written.length === 1) return;
    const message =
      written.length === 0
        ? 'names no place\nwrite one of header, query or cookie'
        : 'names several places\nwrite an item for each of them';
    addProblem(context, [], message);
  }),
);

const consumers = labelSelector
  .optional()
  .describe("Which Consumers of the policy's namespace are admitted, by their labels; all of them where it is not written.");

const apiKey = strictObject({
  from: z.array(credentialSource).min(1).max(8).describe('Where the key is looked for; the first place that has one counts.'),
  consumers,
  forward: z.boolean().default(false).describe('Whether the key is passed on to the backend. By default it is taken out.'),
}).describe('Keys of Consumers.');

const REALM = /^[ !#-[\]-~]*$/;

const basic = strictObject({
  realm: z
    .string()
    .min(1)
    .max(128)
    .regex(REALM, says('is no realm', 'write printable ASCII without quotes and backslashes'))
    .default('restricted')
    .describe('What the name and password are for; browsers may show it.'),
  consumers,
  forward: z.boolean().default(false).describe('Whether the credential is passed on to the backend. By default it is taken out.'),
}).describe('Names and passwords of Consumers (RFC 7617).');

const clientCertificate = strictObject({
  consumers,
  anyVerified: z
    .boolean()
    .default(false)
    .describe('Whether certificates of none of these Consumers are admitted too; rules can look at their names.'),
}).describe(
  "The certificate of the connection, where the listener verifies it by the Gateway's `spec.tls.frontend`. In no other case is one believed, and no header that tells of one.",
);

/** One of them in each item. */
const METHODS = ['apiKey', 'basic', 'clientCertificate', 'introspection', 'jwt'] as const;

/** One way for a caller to show who it is. */
const authenticationMethod = strictObject({
  name: objectName.describe('Stands in the log, and names the method in the audit.'),
  apiKey: apiKey.optional(),
  basic: basic.optional(),
  clientCertificate: clientCertificate.optional(),
  introspection: introspection.optional(),
  jwt: jwt.optional(),
}).check(
  withApiForm(exactlyOneOf(METHODS), context => {
    const { value } = context;
    const written = METHODS.filter(method => value[method] !== undefined);
    if (written.length === 1) return;
    const choice = METHODS.join(', ');
    const message =
      written.length === 0
        ? `names no method\nwrite one of ${choice}`
        : `has ${written.join(' and ')}\nwrite an item for each of them`;
    addProblem(context, [], message);
  }),
);

/** How callers show who they are: any of the methods will do, for this policy. */
export const authentication = strictObject({
  methods: z
    .array(authenticationMethod)
    .min(1)
    .max(16)
    .check(uniqueBy('the name', ({ name }) => name, ['name']))
    .describe('Ways to show who one is; any of them will do.'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('Whether callers that show no credential at all are admitted too. A credential that is wrong is always refused.'),
}).describe('Who the caller is. A caller that cannot show it is refused with 401.');
