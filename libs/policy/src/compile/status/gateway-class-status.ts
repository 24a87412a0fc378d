// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGatewayClass } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayClassStatus } from './status.ts';
import { SUPPORTED_FEATURES } from './supported-features.ts';

const FEATURES = SUPPORTED_FEATURES.map(name => ({ name }));

export function gatewayClassStatus(
  { document, findings }: ResolvedGatewayClass,
  before: GatewayClassStatus | undefined,
  nowMs: number,
): GatewayClassStatus {
  const conditions = stampConditions(findings, before?.conditions, { generation: document.generation, nowMs });
  return { conditions, supportedFeatures: FEATURES };
}
