// SPDX-License-Identifier: Apache-2.0
import type { ResolvedMesh } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayClassStatus } from './status.ts';

/** What Weir's mesh serves, by the names of the conformance suite, is told once the suite has passed. */
const FEATURES: GatewayClassStatus['supportedFeatures'] = [];

/** Of an XMesh, whose status has the members of a GatewayClass's. */
export function meshStatus(
  { document, findings }: ResolvedMesh,
  before: GatewayClassStatus | undefined,
  nowMs: number,
): GatewayClassStatus {
  const conditions = stampConditions(findings, before?.conditions, { generation: document.generation, nowMs });
  return { conditions, supportedFeatures: FEATURES };
}
