// SPDX-License-Identifier: Apache-2.0
import type { SliceEndpoint } from '../mesh/endpoint-server.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';

/** By which Deployments tell the Pods of their revisions apart. */
const POD_TEMPLATE_HASH = 'pod-template-hash';

/** Which endpoints are meant, and which of those serve though no readiness says so. */
export interface RevisionOfPods {
  includes(slice: DocumentOf<'EndpointSlice'>, endpoint: SliceEndpoint): boolean;
  /** Its containers are ready: nothing but the gate of a Rollout holds it back. */
  isHeldBack(slice: DocumentOf<'EndpointSlice'>, endpoint: SliceEndpoint): boolean;
}

/** The Pods of one revision of a Deployment, told by their label. */
export function revisionOfPods(hash: string, lookup: Lookup): RevisionOfPods {
  const podOf = ({ namespace }: DocumentOf<'EndpointSlice'>, { targetRef }: SliceEndpoint) =>
    targetRef?.kind === 'Pod' && targetRef.name !== undefined ? lookup.get('Pod', namespace, targetRef.name) : undefined;
  return {
    includes: (slice, endpoint) => podOf(slice, endpoint)?.labels[POD_TEMPLATE_HASH] === hash,
    isHeldBack: (slice, endpoint) =>
      podOf(slice, endpoint)?.status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True') ??
      false,
  };
}
