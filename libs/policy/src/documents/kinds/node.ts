// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/** One of each family. */
const MAX_RANGES = 16;

/** v1 Node: only where its Pods are is read; see `podBody`. */
export const nodeBody = {
  spec: z.object({ podCIDR: z.string().optional(), podCIDRs: z.array(z.string()).max(MAX_RANGES).nullish() }).optional(),
};
