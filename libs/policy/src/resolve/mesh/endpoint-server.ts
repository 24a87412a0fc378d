// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { addressesOfPod, identityOfPod, isLivePod } from './meshed-pod.ts';

type Slice = DocumentOf<'EndpointSlice'>;
export type SliceEndpoint = NonNullable<Slice['endpoints']>[number];

/** An address of an endpoint. */
export interface EndpointPlace {
  readonly slice: Slice;
  readonly endpoint: SliceEndpoint;
  readonly address: string;
  /** Who serves at all endpoints of the slice, as it says itself. */
  readonly annotated: WorkloadIdentity | undefined;
}

/** Who answers at an endpoint. */
export interface EndpointServer {
  /** Undefined = no sidecar stands in front. */
  readonly identity: WorkloadIdentity | undefined;
}

const NO_SIDECAR: EndpointServer = Object.freeze({ identity: undefined });

/**
 * Who answers at an endpoint: as its slice says, else the Pod that it names. Undefined = it must not be called: its Pod has ended, is at
 * another address, or is not known yet, and taking a Pod of the mesh for one without sidecar would send plaintext.
 */
export function serverAt({ slice, endpoint, address, annotated }: EndpointPlace, lookup: Lookup): EndpointServer | undefined {
  if (annotated !== undefined) return { identity: annotated };
  const { kind, name, namespace = slice.namespace } = endpoint.targetRef ?? {};
  // An endpoint of another namespace's Pod has no identity: a Service must not put its access rules in front of somebody else's workload.
  if (kind !== 'Pod' || name === undefined || namespace !== slice.namespace) return NO_SIDECAR;
  // Without a mesh nobody has an identity; where there are no Pods at all, only slices were written down, and name what is not there.
  if (!lookup.hasMesh() || !lookup.hasPods()) return NO_SIDECAR;
  const pod = lookup.get('Pod', namespace, name);
  if (pod === undefined || !isLivePod(pod) || !addressesOfPod(pod).includes(address)) return undefined;
  return { identity: identityOfPod(pod) };
}
