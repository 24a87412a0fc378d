// SPDX-License-Identifier: Apache-2.0
import type { RevisionTally } from './revision-tally.ts';

/** What has become of requests to both revisions in the same time. */
export interface ComparedTallies {
  readonly stable: RevisionTally;
  readonly candidate: RevisionTally;
}
