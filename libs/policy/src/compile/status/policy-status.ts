// SPDX-License-Identifier: Apache-2.0
import { CONTROLLER_NAME } from '../../resolve/index.ts';
import type { PolicyFindings, ResolvedAccessPolicy, ResolvedTlsPolicy, ResolvedTrafficPolicy } from '../../resolve/index.ts';
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
  /** Why it has no effect for rules of routes in the mesh; none for most. */
  readonly unenforced?: readonly string[];
}

/** As many as PolicyStatus holds. */
const MAX_ANCESTORS = 16;

/**
 * Of a policy that no Gateway has to do with yet, its targets are the ancestors: somebody has to be told. So it is of one that nobody
 * enforces for callers in the mesh, whatever Gateways do.
 */
export function policyStatus(policy: StatedPolicy, sources: PolicyStatusSources): PolicyStatus {
  const { gateways, unenforced = [] } = sources;
  const { document, findings } = policy;
  const inMesh = unenforced.length === 0 ? findings : notEnforceable(findings, unenforced);
  const atGateways = gateways.map(ancestorOfGateway).map(ref => ({ ref, findings }));
  const atTargets = targetsOf(document).map(ref => ({ ref, findings: inMesh }));
  const isTold = gateways.length === 0 || unenforced.length > 0;
  return statusAt(isTold ? [...atGateways, ...atTargets] : atGateways, document, sources);
}

/** What is wrong with the policy itself says more. */
function notEnforceable(findings: PolicyFindings, unenforced: readonly string[]): PolicyFindings {
  if (findings.Accepted.status !== 'True') return findings;
  return { ...findings, Accepted: { status: 'False', reason: 'NotEnforceable', message: unenforced.join('; ') } };
}

/** Of a BackendTLSPolicy, whose ancestors are Gateways and nothing else. */
export function tlsPolicyStatus({ document, findings }: ResolvedTlsPolicy, sources: PolicyStatusSources): PolicyStatus {
  const ancestors = sources.gateways.map(ancestorOfGateway).map(ref => ({ ref, findings }));
  return statusAt(ancestors, document, sources);
}

interface Ancestor {
  readonly ref: AncestorRef;
  readonly findings: PolicyFindings | ResolvedTlsPolicy['findings'];
}

function statusAt(
  ancestors: readonly Ancestor[],
  document: ResolvedTlsPolicy['document'] | StatedPolicy['document'],
  { before, nowMs }: PolicyStatusSources,
): PolicyStatus {
  const stamp = { generation: document.generation, nowMs };
  return {
    ancestors: ancestors.slice(0, MAX_ANCESTORS).map(({ ref: ancestorRef, findings }) => {
      const previous = before?.ancestors.find(one => isSame(one.ancestorRef, ancestorRef));
      const conditions = stampConditions(findings, previous?.conditions, stamp);
      return { ancestorRef, controllerName: CONTROLLER_NAME, conditions };
    }),
  };
}

function ancestorOfGateway(gateway: string): AncestorRef {
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
