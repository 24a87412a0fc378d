// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { WHOLE_SHARE } from '../../../../snapshot/split.ts';
import { rolloutMatches } from './rollout-match.ts';

const share = z.int().min(0).max(WHOLE_SHARE);

/**
 * What of a Rollout's status the compiler reads: what is in force. It is written before it takes effect, so that whoever leads next, and
 * every replica, compiles the same.
 */
export const rolloutStatus = z
  .object({
    split: z
      .object({
        step: z.string(),
        stable: z.string(),
        /** Absent = there is one revision only. */
        candidate: z.string().optional(),
        candidateShare: share,
        mirrorShare: share,
        matches: rolloutMatches.optional(),
        /** The former revision is given no more requests, and is not even known to proxies. */
        isStableForgotten: z.boolean().optional(),
      })
      .optional(),
  })
  .optional();
