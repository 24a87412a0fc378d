// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGatewayClass } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayClassStatus } from './status.ts';
export interface ClassStatusFacts {
  readonly before: GatewayClassStatus | undefined;
  /** Those that are served, in alphabetical order. */
  readonly features: readonly string[];
  readonly nowMs: number;
}

export function gatewayClassStatus(
  { document, findings }: ResolvedGatewayClass,
  { before, features, nowMs }: ClassStatusFacts,
): GatewayClassStatus {
  const conditions = stampConditions(findings, before?.conditions, { generation: document.generation, nowMs });
  return { conditions, supportedFeatures: features.map(name => ({ name })) };
}
