// SPDX-License-Identifier: Apache-2.0
import type { PasswordHash } from '@weir/policy/snapshot';

/**
 * Computes what a hash of the scheme, salt and length of `like` is for a password. Must not hold the event loop; rejects where the
 * system has no memory for it.
 */
export type DerivePassword = (password: string, like: PasswordHash) => Promise<Buffer>;
