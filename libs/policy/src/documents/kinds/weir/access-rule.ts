// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { headerName, objectName } from '../fields.ts';
import { pathMatch } from '../http-route-match.ts';
import { uniqueValues } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';
import { certificateNamePattern } from './certificate-name.ts';
import { cidr } from './cidr.ts';
import { claimPath } from './claim-path.ts';
import { workloadPattern } from './workload-pattern.ts';

const MAX_VALUES = 64;
/** An API server takes no schema whose longest document would cost it too much: all paths of 128 rules are looked at by pattern. */
const MAX_PATHS = 16;
const MAX_ADDRESSES = 512;
const METHOD = /^[A-Z][A-Z-]*$/;

const values = z.array(z.string().min(1).max(1024)).min(1).max(MAX_VALUES);

const headerCondition = strictObject({
  name: headerName.describe('Name of the field.'),
  values: values.describe(
    'One of them must be the whole value of the field; where the field comes several times, of one of them.',
  ),
});

const claimCondition = strictObject({
  path: claimPath,
  values: values.describe(
    'One of them must be the claim, or in it where it is a list, or of `scope` a word of it. Numbers and booleans are compared as text.',
  ),
});

/** What a request and its caller may be asked for. */
const conditions = {
  methods: z
    .array(z.string().max(32).regex(METHOD, says('is no method', 'write it in capitals, such as GET')))
    .min(1)
    .max(16)
    .check(uniqueValues('the method'))
    .optional()
    .describe('Methods of the request.'),
  paths: z
    .array(pathMatch)
    .min(1)
    .max(MAX_PATHS)
    .optional()
    .describe('Paths as routing sees them: normalised, before any rewrite.'),
  headers: z.array(headerCondition).min(1).max(16).optional().describe('Header fields of the request; all of them must fit.'),
  consumers: z
    .array(objectName)
    .min(1)
    .max(MAX_VALUES)
    .optional()
    .describe("Names of Consumers in the policy's namespace that the caller may be."),
  groups: values.optional().describe('Groups of Consumers, one of which the caller must belong to.'),
  claims: z
    .array(claimCondition)
    .min(1)
    .max(16)
    .optional()
    .describe('Claims of a verified token; all of them must fit, in one token.'),
  addresses: z.array(cidr).min(1).max(MAX_ADDRESSES).optional().describe("The client's address, behind trusted forwarding hops."),
  certificates: z
    .array(certificateNamePattern)
    .min(1)
    .max(MAX_VALUES)
    .optional()
    .describe("Names of the client's certificate, one of which it must have; one that the listener has not verified has none."),
  identities: z
    .array(workloadPattern)
    .min(1)
    .max(MAX_VALUES)
    .check(uniqueValues('the identity'))
    .optional()
    .describe(
      'Workloads of the mesh, one of which must call: NAMESPACE/SERVICE-ACCOUNT, or NAMESPACE/* for all of a namespace. Who calls past the mesh has none.',
    ),
  cel: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'An expression of CEL that must be true; where it cannot be evaluated, a Deny rule denies and an Allow rule does not allow.',
    ),
};

/** Conditions that must all hold; of the values of one, any. */
export const requestConditions = strictObject(conditions).describe('What requests have to fit.');

/** One rule: its conditions must all hold; of the values of one condition, any. */
export const accessRule = strictObject({
  name: objectName.describe('Stands in the audit log of what the rule decided.'),
  action: z.enum(['Allow', 'Deny']).describe('Deny rules go before Allow rules, wherever either is written.'),
  ...conditions,
}).describe('A rule about who may do what.');
