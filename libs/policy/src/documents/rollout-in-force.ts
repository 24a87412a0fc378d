// SPDX-License-Identifier: Apache-2.0
import type { DocumentOfKind } from './document.ts';
import { contentHash } from './parse/content-hash.ts';

type Rollout = DocumentOfKind['Rollout'];
/** What divides the calls of a Service; see the kind's status. */
export type RolloutSplit = NonNullable<NonNullable<Rollout['status']>['split']>;

/** A Rollout with what is in force of it, whatever its own status says: files have none, and their owners cannot say so. */
export function rolloutWithSplit(rollout: Rollout, split: RolloutSplit | undefined): Rollout {
  const { source, ...said } = rollout;
  const content = { ...said, hash: '', status: split && { split } };
  return { ...content, source, hash: contentHash(content) };
}
