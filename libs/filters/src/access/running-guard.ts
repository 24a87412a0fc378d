// SPDX-License-Identifier: Apache-2.0
import type { Reference } from './reference.ts';
import type { RunningPolicy } from './running-policy.ts';

/** A policy of a chain, with what the others leave of it. */
export interface RunningGuard {
  readonly policy: Reference<RunningPolicy>;
  /** How narrow its scope is; 0 = the widest. */
  readonly rank: number;
  readonly deniesByDefault: boolean;
  readonly checksAddresses: boolean;
  readonly authenticates: boolean;
  readonly authorizes: boolean;
  readonly asksOutside: boolean;
}
