// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { ClusterSecrets, ClusterWriter, connectToCluster, ROLLOUTS_MANAGER } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import type { ClusterStartOptions } from '../start-options.ts';
import { replicaSecrets } from './replica-secrets.ts';
import { ClusterRolloutStore } from './rollouts/cluster-rollout-store.ts';

/** What all parts of a replica use of its cluster. */
export interface ClusterParts {
  readonly options: ClusterStartOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly connection: ApiConnection;
  readonly writer: ClusterWriter;
  readonly secrets: SecretStore;
  readonly rolloutStore: ClusterRolloutStore;
  /** Whether this replica leads; nobody does before it takes part. */
  readonly leadership: { isLeading: () => boolean };
  /** Told what happens, for people; must not throw. */
  readonly onNote: (text: string) => void;
}

/** The Secret that all replicas keep, in the namespace of the control plane. */
export const STATE_SECRET = 'weir-state';

export function openClusterParts(options: ClusterStartOptions): ClusterParts {
  const ports = { clock: systemClock, random: createSystemRandom() };
  const connection = connectToCluster();
  const writer = new ClusterWriter(connection);
  const shared = new ClusterSecrets({ ...ports, writer, namespace: options.namespace, name: STATE_SECRET });
  return {
    ...{ ...ports, options, connection, writer },
    rolloutStore: new ClusterRolloutStore({ reader: connection, writer: new ClusterWriter(connection, ROLLOUTS_MANAGER) }),
    leadership: { isLeading: () => false },
    secrets: replicaSecrets(shared, createMemorySecrets()),
    onNote: text => options.onEvent({ kind: 'note', text }),
  };
}
