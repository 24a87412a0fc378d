// SPDX-License-Identifier: Apache-2.0
import { openClusterSource, PodReader, TokenReviewer } from '@weir/kubernetes';
import type { ClusterContent } from '@weir/kubernetes';
import { createControlPlane } from '../create-control-plane.ts';
import type { CreatedControlPlane } from '../create-control-plane.ts';
import type { ClusterParts } from './cluster-parts.ts';

/** A cluster changes these all the time; who edits a route wants to read of that. */
const CHURNING: ReadonlySet<string> = new Set(['ConfigMap', 'EndpointSlice', 'Namespace', 'Node', 'Pod', 'Secret', 'Service']);

/** Of the Pods that Gateways have to themselves: of whichever families these have addresses. */
const ANY_ADDRESS = '::';

/** A control plane of the objects of a cluster; resolves once all kinds were read. Throws IdentityError. */
export async function createFromCluster(parts: ClusterParts): Promise<CreatedControlPlane> {
  const { options, clock, random, connection, secrets, onNote } = parts;
  return createControlPlane({
    ...options,
    ...{ clock, random, secrets },
    isLeading: () => parts.leadership.isLeading(),
    // Positions start anew with another store of the API server: then it is to be raised.
    epoch: Number(await secrets.read('epoch')) || 1,
    accounts: { tokens: new TokenReviewer(connection), pods: new PodReader(connection) },
    defaultAddresses: [ANY_ADDRESS],
    hasOwnProxies: true,
    // An object that cannot be read is told of beside it, and hurts no other.
    allowsPartial: true,
    openSource: onChange =>
      openClusterSource({ clock, random, reader: connection, onChange: content => onChange(withoutChurn(content)), onNote }),
  });
}

/** All documents as they are, and of changes those that are told people. */
function withoutChurn(content: ClusterContent): ClusterContent {
  const isTold = (key: string): boolean => !CHURNING.has(key.split('/', 1)[0] ?? '');
  return { ...content, changedKeys: content.changedKeys.filter(isTold), removedKeys: content.removedKeys.filter(isTold) };
}
