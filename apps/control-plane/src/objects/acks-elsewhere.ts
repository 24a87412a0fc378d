// SPDX-License-Identifier: Apache-2.0
import type { AckDigest } from '@weir/sync/server';

/** What other replicas said of one edition of an object. */
export interface HeardAcks {
  /** Each of them was asked, and answered or is known not to. */
  readonly isComplete: boolean;
  readonly digests: readonly AckDigest[];
  /** Those that do not say, in words. */
  readonly unheard: readonly string[];
}

/** What proxies have that are connected to other replicas. */
export interface AcksElsewhere {
  /** `edition`: hash of what the object says. */
  heardOf(object: { readonly key: string; readonly edition: string }): HeardAcks;
  /** It is not asked for any more. */
  forget(key: string): void;
}

/** Where there is one control plane. */
export const NOBODY_ELSE: AcksElsewhere = {
  heardOf: () => ({ isComplete: true, digests: [], unheard: [] }),
  forget: () => undefined,
};
