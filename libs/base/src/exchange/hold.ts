// SPDX-License-Identifier: Apache-2.0

/** Something that a request has until its end. */
export interface Hold {
  /** Gives it back. Idempotent. */
  release(): void;
}

/** Of a request that holds nothing. */
export const NO_HOLDS: readonly Hold[] = Object.freeze([]);
