// SPDX-License-Identifier: Apache-2.0
import type { ResolvedMesh } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayClassStatus } from './status.ts';
import { MESH_FEATURES } from './supported-features.ts';

const FEATURES: GatewayClassStatus['supportedFeatures'] = MESH_FEATURES.map(name => ({ name }));

/** Of an XMesh, whose status has the members of a GatewayClass's. */
export function meshStatus(
  { document, findings }: ResolvedMesh,
  before: GatewayClassStatus | undefined,
  nowMs: number,
): GatewayClassStatus {
  const conditions = stampConditions(findings, before?.conditions, { generation: document.generation, nowMs });
  return { conditions, supportedFeatures: FEATURES };
}
