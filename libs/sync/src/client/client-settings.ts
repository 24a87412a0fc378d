// SPDX-License-Identifier: Apache-2.0

/** How a proxy treats its stream. The values of `defaultClientSettings` stand in docs/limits.md. */
export interface ClientSettings {
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  /** What was asked for on demand and is not used for so long goes. */
  readonly idleMs: number;
  readonly sweepMs: number;
  /** What was accepted is written to disk at most this often. */
  readonly saveMs: number;
}

export const defaultClientSettings: ClientSettings = {
  firstBackoffMs: 10,
  maxBackoffMs: 15_000,
  idleMs: 300_000,
  sweepMs: 30_000,
  saveMs: 1_000,
};
