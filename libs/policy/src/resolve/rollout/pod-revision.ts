// SPDX-License-Identifier: Apache-2.0
import type { SliceEndpoint } from '../mesh/endpoint-server.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { POD_TEMPLATE_HASH, PROMOTED_GATE } from './held-pod-names.ts';

type Slice = DocumentOf<'EndpointSlice'>;

/** Which endpoints are meant, and which of those serve though no readiness says so. */
export interface RevisionOfPods {
  includes(slice: Slice, endpoint: SliceEndpoint): boolean;
  /** Its containers are ready: nothing but the gate of a Rollout holds it back. */
  isHeldBack(slice: Slice, endpoint: SliceEndpoint): boolean;
}

/** The Pods of one revision of a Deployment, told by their label. */
export function revisionOfPods(hash: string, lookup: Lookup): RevisionOfPods {
  return {
    includes: (slice, endpoint) => revisionAt(slice, endpoint, lookup) === hash,
    isHeldBack: (slice, endpoint) => isHeldBack(podAt(slice, endpoint, lookup)),
  };
}

/** Of which revision the Pod of an endpoint is; undefined = it is of none, or not known yet. */
export function revisionAt(slice: Slice, endpoint: SliceEndpoint, lookup: Lookup): string | undefined {
  return podAt(slice, endpoint, lookup)?.labels[POD_TEMPLATE_HASH];
}

function podAt({ namespace }: Slice, { targetRef }: SliceEndpoint, lookup: Lookup): DocumentOf<'Pod'> | undefined {
  return targetRef?.kind === 'Pod' && targetRef.name !== undefined ? lookup.get('Pod', namespace, targetRef.name) : undefined;
}

/** Also once the gate is open, until Kubernetes calls the Pod ready. */
function isHeldBack(pod: DocumentOf<'Pod'> | undefined): boolean {
  const hasGate = pod?.spec.readinessGates?.some(({ conditionType }) => conditionType === PROMOTED_GATE) ?? false;
  return hasGate && pod?.status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True') === true;
}
