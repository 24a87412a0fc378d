// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/** Where a claim is in a token. */
export const claimPath = z
  .array(z.string().min(1).max(256))
  .min(1)
  .max(8)
  .describe('Where the claim is, one name for each level: `[realm_access, roles]`.');
