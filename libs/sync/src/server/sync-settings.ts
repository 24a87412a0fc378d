// SPDX-License-Identifier: Apache-2.0

/** Above what a Hello with 200,000 held resources has. */
export const MAX_MESSAGE_BYTES = 33_554_432;

/** How a control plane treats its streams. The values of `defaultSyncSettings` stand in docs/distribution.md. */
export interface SyncSettings {
  /** Changes of configuration wait for more of them for so long after the last one … */
  readonly debounceMs: number;
  /** … but never longer than this after the first one. */
  readonly maxDebounceMs: number;
  /** A push that is not acknowledged for so long ends its stream. */
  readonly ackTimeoutMs: number;
  /** A stream on which nothing is asked for ends after so long. */
  readonly helloTimeoutMs: number;
  /** A proxy that knows more than this replica is asked to go elsewhere after so long. */
  readonly behindTimeoutMs: number;
  /** Streams end, and come back to any replica, after about this. */
  readonly maxAgeMs: number;
  /** Names that may have changed while a push is under way; more end the stream. */
  readonly maxPendingNames: number;
  readonly maxRoots: number;
  readonly maxHeld: number;
  /** A proxy that is gone for longer is no longer counted among those that should have a configuration. */
  readonly leaseMs: number;
}

export const defaultSyncSettings: SyncSettings = {
  debounceMs: 10,
  maxDebounceMs: 100,
  ackTimeoutMs: 30_000,
  helloTimeoutMs: 10_000,
  behindTimeoutMs: 10_000,
  maxAgeMs: 1_800_000,
  maxPendingNames: 20_000,
  maxRoots: 20_000,
  maxHeld: 200_000,
  leaseMs: 60_000,
};
