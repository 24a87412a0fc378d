// SPDX-License-Identifier: Apache-2.0
import { CONTROLLER_NAME } from '../../resolve/index.ts';
import type { ResolvedTlsPolicy } from '../../resolve/index.ts';
import { ancestorOfGateway } from './policy-status.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { PolicyStatus } from './status.ts';

export interface TlsPolicyStatusSources {
  readonly before: PolicyStatus | undefined;
  readonly nowMs: number;
  /** `namespace/name` of the Gateways through which it has effect. */
  readonly gateways: readonly string[];
}

/** As many as PolicyStatus holds. */
const MAX_ANCESTORS = 16;

export function tlsPolicyStatus(
  { document, findings }: ResolvedTlsPolicy,
  { before, nowMs, gateways }: TlsPolicyStatusSources,
): PolicyStatus {
  const stamp = { generation: document.generation, nowMs };
  return {
    ancestors: gateways.slice(0, MAX_ANCESTORS).map(gateway => {
      const ancestorRef = ancestorOfGateway(gateway);
      const previous = before?.ancestors.find(
        ({ ancestorRef: ref }) => ref.namespace === ancestorRef.namespace && ref.name === ancestorRef.name,
      );
      const conditions = stampConditions(findings, previous?.conditions, stamp);
      return { ancestorRef, controllerName: CONTROLLER_NAME, conditions };
    }),
  };
}
