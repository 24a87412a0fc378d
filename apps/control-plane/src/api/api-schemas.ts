// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

/** Nothing is expected; what is there is refused. */
export const NOTHING = z.strictObject({});

const time = z.string().describe('RFC 3339.');

export const problemSchema = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string().describe('Stable identifier in kebab-case.'),
    file: z.string().optional(),
    line: z.number().optional(),
    column: z.number().optional(),
    object: z.string().optional().describe('Kind namespace/name.'),
    path: z.string().optional(),
    message: z.string(),
    hint: z.string().optional(),
  })
  .describe('Something wrong in a document: where, what was found, what to write.');

const refusing = z.object({ proxy: z.string(), resource: z.string(), reason: z.string(), since: time });

export const objectSchema = z
  .object({
    key: z.string().describe('Kind/namespace/name.'),
    kind: z.string(),
    namespace: z.string(),
    name: z.string(),
    source: z.string().describe('FILE:LINE of what is in force.'),
    resourceCount: z.number().describe('What it became; 0 = it has no effect of its own.'),
    since: time.optional().describe('When what it became was last another.'),
    proxies: z
      .object({
        needing: z.number(),
        having: z.number(),
        waiting: z.array(z.string()).readonly(),
        refusing: z.array(refusing).readonly(),
      })
      .describe('Proxies that are connected to this replica and need it, as they are now.'),
    programmed: z
      .object({
        status: z.enum(['false', 'noSubscribers', 'true']),
        of: z.number(),
        acked: z.number(),
        waiting: z.array(z.string()).readonly(),
        gone: z.array(z.string()).readonly(),
        unheard: z.array(z.string()).readonly().describe('Other replicas that do not say what their proxies have.'),
      })
      .optional()
      .describe('Whether every proxy, of all replicas, that needed it when it came has it; stays true.'),
    status: z.unknown().optional().describe('The status of the Gateway API.'),
    unread: z.string().optional().describe('Why it cannot be read: what is in force stands in for it, and refuses.'),
  })
  .describe('An object with where it is in force.');

export const proxySchema = z.object({
  proxy: z.string().describe('NAMESPACE/SERVICE-ACCOUNT/NAME.'),
  state: z
    .enum(['behind', 'idle', 'sending'])
    .describe('behind: it knows more than this control plane; idle: it has everything.'),
  protocol: z.number().describe('Version of the stream that it speaks; 0 = it has not said yet.'),
  resourceCount: z.number(),
  refusalCount: z.number(),
  isAskable: z.boolean().describe('Whether its admin side can be asked by way of this control plane.'),
});

export const identitySchema = z
  .object({
    trustDomain: z.string(),
    phase: z.enum(['Stable', 'Introducing', 'Issuing', 'Retiring']),
    roots: z.array(z.object({ fingerprint: z.string(), notAfter: time, isIssuing: z.boolean() })).readonly(),
    issuer: z.object({ fingerprint: z.string(), notAfter: time }),
    warnings: z.array(z.string()).readonly(),
    waitingFor: z.array(z.string()).readonly().describe('Who keeps a rotation from going on.'),
    oldLeavesExpireAt: time.optional().describe('When a rotation goes on whoever has not followed.'),
  })
  .describe('The authority of the mesh, and how far a rotation of its root is.');

export const summarySchema = z.object({
  trustDomain: z.string(),
  version: z.number().describe('Of the snapshot that the documents came to.'),
  resourceCount: z.number(),
  objectCount: z.number(),
  ignoredCount: z.number().describe('Objects of other groups.'),
  proxyCount: z.number(),
  errorCount: z.number(),
  warningCount: z.number(),
});

/** What the API answers with, for those who ask it. */
export interface ApiResources {
  readonly identity: z.output<typeof identitySchema>;
  readonly object: z.output<typeof objectSchema>;
  readonly problem: z.output<typeof problemSchema>;
  readonly proxy: z.output<typeof proxySchema>;
  readonly summary: z.output<typeof summarySchema>;
}
