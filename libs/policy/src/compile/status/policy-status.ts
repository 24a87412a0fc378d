// SPDX-License-Identifier: Apache-2.0
import { CONTROLLER_NAME } from '../../resolve/index.ts';
import type { PolicyFindings, ResolvedAccessPolicy, ResolvedTrafficPolicy } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { AncestorRef, PolicyStatus } from './status.ts';

/** A policy of Weir's own kinds, as far as its status goes. */
export interface StatedPolicy {
  readonly document: ResolvedAccessPolicy['document'] | ResolvedTrafficPolicy['document'];
  readonly findings: PolicyFindings;
}

export interface PolicyStatusSources {
  readonly before: PolicyStatus | undefined;
  readonly nowMs: number;
  /** `namespace/name` of the Gateways through which it has effect. */
  readonly gateways: readonly string[];
}

/** As many as PolicyStatus holds. */
const MAX_ANCESTORS = 16;

/** Of a policy that no Gateway has to do with yet, its targets are the ancestors: somebody has to be told. */
export function policyStatus(
  { document, findings }: StatedPolicy,
  { before, nowMs, gateways }: PolicyStatusSources,
): PolicyStatus {
  const stamp = { generation: document.generation, nowMs };
  const ancestors = gateways.length > 0 ? gateways.map(ancestorOfGateway) : targetsOf(document);
  return {
    ancestors: ancestors.slice(0, MAX_ANCESTORS).map(ancestorRef => {
      const previous = before?.ancestors.find(one => isSame(one.ancestorRef, ancestorRef));
      const conditions = stampConditions(findings, previous?.conditions, stamp);
      return { ancestorRef, controllerName: CONTROLLER_NAME, conditions };
    }),
  };
}

export function ancestorOfGateway(gateway: string): AncestorRef {
  const [namespace = '', name = ''] = gateway.split('/');
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace, name };
}

function targetsOf({ namespace, spec }: StatedPolicy['document']): readonly AncestorRef[] {
  const refs = spec.targetRefs.map(({ group, kind, name }) => ({ group, kind, namespace, name }));
  return refs.filter((ref, index) => refs.findIndex(other => isSame(other, ref)) === index);
}

function isSame(left: AncestorRef, right: AncestorRef): boolean {
  return left.kind === right.kind && left.namespace === right.namespace && left.name === right.name;
}
