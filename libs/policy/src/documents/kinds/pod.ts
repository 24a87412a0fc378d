// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/** Both families, and room for what Kubernetes may come to give. */
const MAX_ADDRESSES = 16;

/**
 * v1 Pod: whose it is and where. Nobody writes Pods for Weir, and a cluster has thousands with a hundred fields each: what is not
 * read is left out without a look.
 */
export const podBody = {
  spec: z.object({
    /** '' and none are `default`. */
    serviceAccountName: z.string().optional(),
    hostNetwork: z.boolean().nullish(),
    /** Conditions that Kubernetes waits for before it calls the Pod ready. */
    readinessGates: z.array(z.object({ conditionType: z.string() })).nullish(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      /** In a cluster of Pods that a Rollout holds, and of them what is read: they change often. */
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      podIPs: z
        .array(z.object({ ip: z.string() }))
        .max(MAX_ADDRESSES)
        .nullish(),
    })
    .optional(),
};
