// SPDX-License-Identifier: Apache-2.0
import type { SplitReport } from '@weir/policy/snapshot';

/** What a proxy told. Its counts are of what ended since it told last. */
export interface HeardReport {
  /** `PEER/PROXY`. */
  readonly proxy: string;
  readonly report: SplitReport;
}

/** What a replica tells another of the splits of its own proxies. */
export interface ToldSplits {
  /** Random, of the process that tells. */
  readonly instance: string;
  /** In the order in which they came. */
  readonly reports: readonly HeardReport[];
  /** Of the last of them: where the next question begins. */
  readonly position: number;
  /** There are more. */
  readonly isPartial: boolean;
  /** Those that have told of splits and are connected now. */
  readonly proxies: readonly string[];
}

/** How much was taken of what a process told; position 0 = nothing. */
export type SplitsQuestion = Pick<ToldSplits, 'instance' | 'position'>;
