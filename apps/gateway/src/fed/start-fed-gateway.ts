// SPDX-License-Identifier: Apache-2.0
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Membership } from '@weir/member';
import type { ReadJoinProof } from '@weir/member';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { Snapshot } from '@weir/policy/snapshot';
import { createAdminHandler, hostPort, openMetricsServer } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import { allRoot, indexRoot, nameRoot } from '@weir/sync/messages';
import type { EdgeOptions, StopOptions } from '../edge-options.ts';
import { openAdmin, openEdge } from '../open-edge.ts';
import type { PortState } from '../port-set.ts';
import { FedGateway } from './fed-gateway.ts';
import { openKeptState } from './kept-state.ts';
import type { KeptPlaces } from './kept-state.ts';

/** What a gateway is started with that a control plane feeds. */
export interface FedGatewayOptions extends EdgeOptions, KeptPlaces {
  readonly controlPlane: PortAddress;
  readonly trustDomain: string;
  /** See MembershipOptions. */
  readonly proof: ReadJoinProof;
  /** Who it is, `NAMESPACE/SERVICE-ACCOUNT`. */
  readonly identity: string;
  /** The one Gateway that it serves, `NAMESPACE/NAME`; undefined = all there are. */
  readonly gateway: string | undefined;
  /** Its name among gateways; undefined = by its host and where its state is. */
  readonly name: string | undefined;
}

/** A gateway of a control plane that serves. */
export interface RunningFedGateway {
  /** The port where it was given as 0; undefined = metrics are off. */
  readonly metricsAt: PortAddress | undefined;
  /** Unix socket of the admin side. */
  readonly adminPath: string;
  portStates(): readonly PortState[];
  snapshot(): Snapshot;
  /** Ends in peace; resolves when nothing is left. */
  stop(options: StopOptions): Promise<void>;
}

/**
 * Starts a gateway; resolves when it listens: with a certificate, and with what the control plane says now or, where that is away,
 * said last. Throws StartError where it can listen nowhere, ListenError where the metrics port is not free, and IdentityError where
 * what is kept cannot be used; a control plane that is away is waited for.
 */
export async function startFedGateway(options: FedGatewayOptions): Promise<RunningFedGateway> {
  const edge = await openEdge(options, `gateway of ${hostPort(options.controlPlane.address, options.controlPlane.port)}`);
  const mesh: { membership?: Membership } = {};
  const gateway = new FedGateway({
    edge,
    onEvent: event => options.onEvent(event),
    leafHealth: () => mesh.membership?.health(),
  });
  const closing = new AsyncDisposableStack();
  try {
    const metrics = options.metricsAt && (await openMetricsServer(options.metricsAt, gateway));
    if (metrics !== undefined) closing.defer(() => metrics.close());
    const admin = await openAdmin(gateway, options);
    closing.defer(() => admin.close());
    const membership = await joinMesh(options, gateway);
    closing.defer(() => membership.stop());
    mesh.membership = membership;
    await gateway.start();
    await membership.certified;
    membership.offerAdmin(createAdminHandler(gateway));
    await membership.start();
    await gateway.open();
    return {
      metricsAt: metrics && { address: metrics.address, port: metrics.port },
      adminPath: admin.path,
      portStates: () => gateway.portStates,
      snapshot: () => gateway.snapshot(),
      stop: async stopOptions => {
        await gateway.stop(stopOptions);
        await closing.disposeAsync();
      },
    };
  } catch (error) {
    await gateway.stop({ delayMs: 0, deadlineMs: 0 });
    await closing.disposeAsync();
    throw error;
  }
}

const NO_KEYS_NOTE =
  'private keys are not kept, as the state directory is on a disk: after a restart without the control plane HTTPS and TLS listeners refuse until it answers; --secrets names a directory in memory (tmpfs) for them';

async function joinMesh(options: FedGatewayOptions, gateway: FedGateway): Promise<Membership> {
  const onNote = (text: string): void => options.onEvent({ kind: 'note', text });
  const { secrets, accepted, lacksKeys } = await openKeptState(options);
  if (lacksKeys) onNote(NO_KEYS_NOTE);
  const { controlPlane, gateway: only, trustDomain, proof, identity } = options;
  return Membership.begin({
    ...{ identity, controlPlane, trustDomain, proof, secrets, accepted, onNote },
    addresses: [],
    proxy: options.name ?? defaultName(options),
    roots: [only === undefined ? allRoot('port') : nameRoot(`gateway/${only}`), indexRoot('meshSettings'), nameRoot(MESH_TRUST)],
    member: gateway,
  });
}

/** The same after a restart, where anything is kept over one; without that it is a new gateway each time. */
function defaultName({ stateDirectory }: FedGatewayOptions): string {
  return `${hostname()}:${stateDirectory === undefined ? process.pid : resolve(stateDirectory)}`;
}
