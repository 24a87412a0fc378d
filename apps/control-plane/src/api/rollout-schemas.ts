// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';

const MAX_NAME = 253;
const name = z.string().max(MAX_NAME);

/** How a path names a Rollout. */
export const rolloutPlaceSchema = z.strictObject({ namespace: name, name });

const seenRevision = z.object({
  requests: z.number(),
  failures: z.number(),
  successPercent: z.number().optional(),
  p50Ms: z.number().optional(),
  p99Ms: z.number().optional(),
});

const seenRevisions = z.object({ stable: seenRevision, candidate: seenRevision });

const deploymentSchema = z.object({
  name: z.string(),
  revisions: z
    .array(
      z.object({
        revision: z.string().describe('The hash of its Pod template.'),
        number: z.number().optional().describe('As `kubectl rollout history` counts it; absent = not known.'),
        ready: z.number().describe('Pods that could serve now.'),
        wanted: z.number().describe('Pods that there are to be.'),
      }),
    )
    .readonly(),
});

export const rolloutSchema = z
  .object({
    namespace: z.string(),
    name: z.string(),
    service: z.string().describe('Whose requests are divided.'),
    strategy: z.string(),
    deployment: deploymentSchema.optional().describe('Absent where revisions are Services.'),
    state: z.unknown().optional().describe('As in its status; absent = nothing was looked at yet.'),
    steps: z.array(z.string()).readonly().describe('What the steps do, in order.'),
    seen: z
      .object({ edge: seenRevisions, mesh: seenRevisions })
      .describe('What proxies have seen since the present step began: those in front of everything, and those beside workloads.'),
    analysis: z.array(z.object({ outcome: z.string(), words: z.string() })).readonly(),
  })
  .describe('A Rollout with how far it has come.');

export const answeredSchema = z
  .object({ isAccepted: z.boolean(), answer: z.string().describe('What follows, or why nothing does and what to do instead.') })
  .describe('What became of a request.');
