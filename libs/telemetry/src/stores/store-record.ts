// SPDX-License-Identifier: Apache-2.0

/** A store of shared rate limits was lost, or has come back, as one worker sees it. */
export interface StoreRecord {
  /** Its URL, without credentials. */
  readonly store: string;
  readonly state: 'lost' | 'returned';
  /** Why it was lost; '' where it was not. */
  readonly detail: string;
}
