// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import {
  ClusterSecrets,
  ClusterWriter,
  connectToCluster,
  LeaderElection,
  openClusterSource,
  PodReader,
  StatusWriter,
  TokenReviewer,
} from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import { API_TOKEN_FILES } from '../api/api-place.ts';
import { createControlPlane } from '../create-control-plane.ts';
import type { CreatedControlPlane } from '../create-control-plane.ts';
import { limitRefusals } from '../limit-refusals.ts';
import { serveControlPlane } from '../serve-control-plane.ts';
import type { RunningControlPlane } from '../running-control-plane.ts';
import type { ClusterStartOptions } from '../start-options.ts';
import { controlPlaneGauges } from './control-plane-gauges.ts';
import { openHealthServer } from './health-server.ts';
import { replicaSecrets } from './replica-secrets.ts';
import { renderMetrics } from './render-metrics.ts';

/** What all replicas keep, and what they lead by; both in the namespace of the control plane. */
const STATE_SECRET = 'weir-state';
const LEASE = 'weir-control-plane';
const ANY_ADDRESS = '0.0.0.0';

/** Acknowledgements come one by one from each proxy, and are written as they stand then. */
const STATUS_MS = 500;

/**
 * Starts a replica on the cluster that the kubeconfig, or the service account of the Pod, leads to; resolves when proxies can connect:
 * once all kinds were read. An API server that is away is waited for. Throws StartError where a port cannot be had, IdentityError where
 * what is stored cannot be used.
 */
export async function startClusterControlPlane(given: ClusterStartOptions): Promise<RunningControlPlane> {
  const options = { ...given, onEvent: limitRefusals(given.onEvent, systemClock) };
  const onNote = (text: string): void => options.onEvent({ kind: 'note', text });
  await using closing = new AsyncDisposableStack();
  const state: { obstacle: string | undefined; controlPlane?: ControlPlane } = { obstacle: 'the cluster is being read' };
  const isLeading = (): boolean => election.isLeading;
  closing.use(
    await openHealthServer(options.health, {
      obstacle: () => state.obstacle,
      metrics: () => (state.controlPlane === undefined ? '' : renderMetrics(controlPlaneGauges(state.controlPlane, isLeading()))),
    }),
  );
  const connection = connectToCluster();
  closing.defer(() => connection.close());
  const ports = { clock: systemClock, random: createSystemRandom() };
  const writer = new ClusterWriter(connection);
  const secrets = replicaSecrets(
    new ClusterSecrets({ ...ports, writer, namespace: options.namespace, name: STATE_SECRET }),
    createMemorySecrets(),
  );
  const { controlPlane, startProblems } = await create({ options, secrets, connection });
  closing.defer(() => controlPlane.close());
  const statuses = new StatusWriter({
    ...{ ...ports, writer, onNote, reader: connection },
    source: { keys: () => controlPlane.statusKeys(), status: key => controlPlane.objects.status(key) },
  });
  const election = new LeaderElection({
    ...{ ...ports, writer, namespace: options.namespace, name: LEASE, identity: options.replica, onNote },
    onStartedLeading: signal => {
      onNote(`${options.replica} leads: it writes statuses`);
      statuses.lead(signal);
    },
    onStoppedLeading: () => onNote(`${options.replica} does not lead any more`),
  });
  const served = closing.use(
    await serveControlPlane(controlPlane, { options, secrets, random: ports.random, onRenewed: () => undefined }),
  );
  void election.run();
  closing.defer(() => election.stop());
  const ticks = systemClock.every(STATUS_MS, () => statuses.touch());
  closing.defer(() => ticks.cancel());
  state.controlPlane = controlPlane;
  state.obstacle = undefined;
  const running = closing.move();
  return {
    ...{ controlPlane, startProblems },
    listen: { address: options.listen.address, port: served.port },
    apiUrl: `${served.api.scheme}://${served.api.at.address}:${served.api.at.port}`,
    tokenPlace: `Secret ${options.namespace}/${STATE_SECRET}, key ${API_TOKEN_FILES.operator}`,
    stop: () => {
      state.obstacle = 'stopping';
      return running.disposeAsync();
    },
  };
}

interface Making {
  readonly options: ClusterStartOptions;
  readonly secrets: SecretStore;
  readonly connection: ApiConnection;
}

async function create({ options, secrets, connection }: Making): Promise<CreatedControlPlane> {
  const ports = { clock: systemClock, random: createSystemRandom() };
  return createControlPlane({
    ...options,
    ...{ ...ports, secrets },
    epoch: Number(await secrets.read('epoch')) || 1,
    accounts: { tokens: new TokenReviewer(connection), pods: new PodReader(connection) },
    defaultAddresses: [ANY_ADDRESS],
    hasOwnProxies: true,
    // An object that cannot be read gets a status, and hurts no other.
    allowsPartial: true,
    openSource: onChange =>
      openClusterSource({
        ...{ ...ports, reader: connection, onChange },
        onNote: text => options.onEvent({ kind: 'note', text }),
      }),
  });
}
