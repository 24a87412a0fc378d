// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { ObjectStatus } from './status.ts';

/** Of a Rollout, as far as its documents tell: how far it has come is for who drives it to say. */
export function rolloutStatus(
  { document, findings }: ResolvedRollout,
  before: ObjectStatus | undefined,
  nowMs: number,
): ObjectStatus {
  return { conditions: stampConditions(findings, before?.conditions, { generation: document.generation, nowMs }) };
}
