// SPDX-License-Identifier: Apache-2.0
import { CONTROLLER_NAME } from '../../resolve/index.ts';
import type { ResolvedTlsPolicy } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { AncestorRef, TlsPolicyStatus } from './status.ts';

export interface TlsPolicyStatusSources {
  readonly before: TlsPolicyStatus | undefined;
  readonly nowMs: number;
  /** `namespace/name` of the Gateways through which it has effect. */
  readonly gateways: readonly string[];
}

/** As many as PolicyStatus holds. */
const MAX_ANCESTORS = 16;

export function tlsPolicyStatus(
  { document, findings }: ResolvedTlsPolicy,
  { before, nowMs, gateways }: TlsPolicyStatusSources,
): TlsPolicyStatus {
  const stamp = { generation: document.generation, nowMs };
  return {
    ancestors: gateways.slice(0, MAX_ANCESTORS).map(gateway => {
      const ancestorRef = ancestorRefOf(gateway);
      const previous = before?.ancestors.find(
        ({ ancestorRef: ref }) => ref.namespace === ancestorRef.namespace && ref.name === ancestorRef.name,
      );
      const conditions = stampConditions(findings, previous?.conditions, stamp);
      return { ancestorRef, controllerName: CONTROLLER_NAME, conditions };
    }),
  };
}

function ancestorRefOf(gateway: string): AncestorRef {
  const [namespace = '', name = ''] = gateway.split('/');
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace, name };
}
