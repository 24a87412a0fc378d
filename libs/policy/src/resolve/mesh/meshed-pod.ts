// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import { parseAddress } from '../gateway/address.ts';
import type { DocumentOf } from '../inventory/document-of.ts';

/** On a Pod, as label or annotation: `true` says that a sidecar stands in front. Whoever injects the sidecar writes it. */
export const INJECTED_ANNOTATION = 'weir.dev/injected';

export type PodDocument = DocumentOf<'Pod'>;

/** What Kubernetes takes where a Pod names no service account. */
const DEFAULT_ACCOUNT = 'default';
/** PodPhase: all containers have ended for good, and the addresses go to others. */
const ENDED = new Set(['Failed', 'Succeeded']);

/** Whether a Pod runs or may come to run; one that has ended is as if it were gone. */
export function isLivePod({ status }: PodDocument): boolean {
  return !ENDED.has(status?.phase ?? '');
}

/** Who a Pod is in the mesh; undefined = no sidecar stands in front. On the network of its node none can. */
export function identityOfPod({ namespace, labels, annotations, spec }: PodDocument): WorkloadIdentity | undefined {
  const isInjected = labels[INJECTED_ANNOTATION] === 'true' || annotations[INJECTED_ANNOTATION] === 'true';
  if (!isInjected || spec.hostNetwork === true) return undefined;
  const { serviceAccountName = '' } = spec;
  return `${namespace}/${serviceAccountName === '' ? DEFAULT_ACCOUNT : serviceAccountName}`;
}

/** IP addresses of a Pod; none before it was given one. */
export function addressesOfPod({ status }: PodDocument): readonly string[] {
  return (status?.podIPs ?? []).flatMap(({ ip }) => parseAddress(ip) ?? []);
}
