// SPDX-License-Identifier: Apache-2.0
import { openClusterSource, PodReader, TokenReviewer } from '@weir/kubernetes';
import type { ClusterContent } from '@weir/kubernetes';
import { createControlPlane } from '../create-control-plane.ts';
import type { CreatedControlPlane } from '../create-control-plane.ts';
import { otherReplicas } from '../replicas/replica-place.ts';
import { guardedWebCalls } from '../rollouts/web-calls.ts';
import { STATE_SECRET } from './cluster-parts.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { connectReplica } from './connect-replica.ts';

/** A cluster changes these all the time; who edits a route wants to read of that. */
const CHURNING: ReadonlySet<string> = new Set(['ConfigMap', 'EndpointSlice', 'Namespace', 'Node', 'Pod', 'Secret', 'Service']);

/** Of the Pods that Gateways have to themselves: of whichever families these have addresses. */
const ANY_ADDRESS = '::';

/** A control plane of the objects of a cluster; resolves once all kinds were read. Throws IdentityError. */
export async function createFromCluster(parts: ClusterParts): Promise<CreatedControlPlane> {
  const { options, clock, random, connection, secrets, rolloutStore, onNote } = parts;
  const stateKey = `Secret/${options.namespace}/${STATE_SECRET}`;
  // What other replicas write there is among all that is followed.
  let onState = (): void => undefined;
  const created = await createControlPlane({
    ...options,
    ...{ clock, random, secrets, rolloutStore },
    // Tenants write Rollouts.
    web: guardedWebCalls,
    isLeading: () => parts.leadership.isLeading(),
    replicas: {
      find: documents => otherReplicas(documents, options),
      // All replicas listen on the port that this one does.
      connect: (place, as) => connectReplica({ ...place, port: options.listen.port }, as),
    },
    // Positions start anew with another store of the API server: then it is to be raised.
    epoch: Number(await secrets.read('epoch')) || 1,
    accounts: { tokens: new TokenReviewer(connection), pods: new PodReader(connection) },
    deployments: {
      deployments: (namespace, name) => parts.deployments.factsOf(namespace, name),
      isHeld: (namespace, name) => parts.holds.isHeld(namespace, name),
    },
    defaultAddresses: [ANY_ADDRESS],
    hasOwnProxies: true,
    // An object that cannot be read is told of beside it, and hurts no other.
    allowsPartial: true,
    openSource: listener =>
      openClusterSource({
        ...{ clock, random, reader: connection, onNote },
        onChange: content => {
          listener.onChange(withoutChurn(content));
          if (content.changedKeys.includes(stateKey)) onState();
        },
        onRead: positions => listener.onRead(positions),
      }),
  });
  onState = () => void created.controlPlane.followStore();
  return created;
}

/** All documents as they are, and of changes those that are told people. */
function withoutChurn(content: ClusterContent): ClusterContent {
  const isTold = (key: string): boolean => !CHURNING.has(key.split('/', 1)[0] ?? '');
  return { ...content, changedKeys: content.changedKeys.filter(isTold), removedKeys: content.removedKeys.filter(isTold) };
}
