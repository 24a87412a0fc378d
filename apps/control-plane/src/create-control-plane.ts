// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { DEFAULT_TRUST_DOMAIN } from '@weir/identity';
import { openAuthority, openJoinTokens } from '@weir/identity/authority';
import type { Authority } from '@weir/identity/authority';
import { createCompiler } from '@weir/policy/compile';
import type { Compiler } from '@weir/policy/compile';
import { MESH_SETTINGS } from '@weir/policy/snapshot';
import { RolloutDesk } from '@weir/rollouts/drive';
import { createSyncServer } from '@weir/sync/server';
import type { SyncServer } from '@weir/sync/server';
import { createAuthorize } from './authorize.ts';
import { ControlPlane } from './control-plane.ts';
import { StartError } from './control-plane-options.ts';
import type { ControlPlaneOptions, LoadedDocuments, OpenedSource } from './control-plane-options.ts';
import { Distribution } from './distribution/distribution.ts';
import { openAddressBook } from './identity/address-book.ts';
import { GatewayBook } from './identity/gateway-book.ts';
import { IdentityDesk } from './identity/identity-desk.ts';
import { openLeafLedger } from './identity/leaf-ledger.ts';
import { RotationDriver } from './identity/rotation-driver.ts';
import { ServerIdentity } from './identity/server-identity.ts';
import { WorkloadBook } from './identity/workload-book.ts';
import { RelayClient } from './relay/relay-client.ts';
import { RelayHub } from './relay/relay-hub.ts';
import { openReplicas } from './replicas/open-replicas.ts';
import type { Replicas } from './replicas/open-replicas.ts';
import { arrivalFrom } from './rollouts/arrival.ts';
import { sideOf } from './rollouts/side-of.ts';
import { storedRollouts } from './rollouts/stored-rollouts.ts';
import { webCalls } from './rollouts/web-calls.ts';
import { nextEpoch } from './state/next-epoch.ts';
import { storedTrustDomain } from './state/stored-trust-domain.ts';
import { tenASecond } from './ten-a-second.ts';

export interface CreatedControlPlane {
  readonly controlPlane: ControlPlane;
  /** What is wrong with the documents, and in force nevertheless. */
  readonly startProblems: readonly Problem[];
}

/**
 * Makes a control plane of documents and a place for its secrets. Throws StartError where documents cannot be read (unless
 * `allowsPartial`), IdentityError where what is stored or asked for cannot be used.
 */
export async function createControlPlane(options: ControlPlaneOptions): Promise<CreatedControlPlane> {
  let begun: ControlPlane | undefined;
  const source = await options.openSource({
    onChange: content => begun?.change(content),
    onRead: positions => begun?.advance(positions),
  });
  try {
    const { content } = source;
    refuseUnreadable(content, options);
    const controlPlane = await assemble(options, content);
    const drivesAlone = options.rolloutStore === undefined;
    if (drivesAlone) await controlPlane.rollouts.open();
    const startProblems = await begin(controlPlane, source);
    begun = controlPlane;
    if (drivesAlone) controlPlane.rollouts.start();
    if (source.content !== content) controlPlane.change(source.content);
    return { controlPlane, startProblems };
  } catch (reason) {
    await source.close();
    throw reason;
  }
}

/** At a cold start there is no previous version to keep: half a policy must not pass for the whole. */
function refuseUnreadable({ problems }: LoadedDocuments, { allowsPartial }: ControlPlaneOptions): void {
  if (allowsPartial || problems.every(({ severity }) => severity !== 'error')) return;
  throw new StartError('some documents cannot be read', problems);
}

async function begin(controlPlane: ControlPlane, source: OpenedSource): Promise<readonly Problem[]> {
  try {
    // Signing renews an intermediate that has expired while no control plane ran: what is wrong is looked at after that.
    await controlPlane.server.start();
    return controlPlane.begin(source.content, () => source.close());
  } catch (reason) {
    await controlPlane.close();
    throw reason;
  }
}

async function assemble(options: ControlPlaneOptions, content: LoadedDocuments): Promise<ControlPlane> {
  const { clock, random, secrets, syncSettings = {}, hasOwnProxies = false, onEvent } = options;
  const trustDomain = await chooseTrustDomain(options, content);
  const authority = await openAuthority({ ...options, trustDomain });
  const joinTokens = await openJoinTokens(options);
  const addresses = await openAddressBook(secrets);
  const ledger = await openLeafLedger({ secrets, clock, hasReplicas: options.replicas !== undefined });
  const gateways = new GatewayBook();
  const workloads = new WorkloadBook();
  const pods = options.accounts && workloads;
  const authorize = createAuthorize({
    mayRegister: (identity, address) => addresses.mayRegister(identity, address) || pods?.mayRegister(identity, address) === true,
    proxiesOf: gateway => gateways.proxiesOf(gateway),
    hasOwnProxies,
  });
  const sync: SyncServer = createSyncServer({
    ...{ clock, random, authorize, settings: syncSettings },
    onSplitReport: (proxy, report) => controlPlane.hearSplits(proxy, report),
  });
  const epoch = options.epoch ?? (await nextEpoch(secrets, clock));
  const distribution = new Distribution({ sync, epoch, trustDomain });
  const onNote = (text: string): void => onEvent({ kind: 'note', text });
  const isConnected = (proxy: string): boolean => sync.isConnected(proxy);
  const relay = { hub: new RelayHub({ clock, isConnected }), client: await RelayClient.load(clock) };
  const server = new ServerIdentity({ trustDomain, authority, clock, random, onNote });
  const rotation = new RotationDriver({
    ...{ authority, ledger, clock, onNote },
    acks: sync.acks,
    isLeading: options.isLeading,
    elsewhere: options.replicas && (() => replicas?.trust),
    hasFollowed: () => server.hasFollowed(),
    onBundle: () => spread(authority, { distribution, server }),
    onPhase: phase => onEvent({ kind: 'rotation', phase }),
  });
  const documents = (): LoadedDocuments['documents'] => controlPlane.current.documents;
  const replicas: Replicas | undefined = openReplicas(options, {
    ...{ documents, server, ledger, rotation },
    splits: {
      desk: () => controlPlane.rollouts,
      isConnectedHere: isConnected,
      isNeeded: () => controlPlane.drivesRollouts,
    },
  });
  const controlPlane: ControlPlane = new ControlPlane({
    ...{ options, trustDomain, sync, distribution, gateways, workloads, authority, joinTokens, addresses, server, relay },
    ...{ rotation, replicas },
    compiler: compilerFor(options),
    rollouts: rolloutDesk(options, {
      controlPlane: () => controlPlane,
      isConnected: proxy => isConnected(proxy) || replicas?.splits.isConnected(proxy) === true,
    }),
    desk: new IdentityDesk({
      ...{ trustDomain, authority, joinTokens, addresses, ledger, onEvent, pods, hasOwnProxies },
      accounts: options.accounts,
    }),
  });
  return controlPlane;
}

/** Proxies wait for up to 15 s between two tries. */
const RECONNECT_MS = 17_000;

interface RolloutSurroundings {
  /** Made after the desk. */
  readonly controlPlane: () => ControlPlane;
  readonly isConnected: (proxy: string) => boolean;
}

function rolloutDesk(options: ControlPlaneOptions, { controlPlane, isConnected }: RolloutSurroundings): RolloutDesk {
  const { clock, secrets, rolloutStore, onEvent } = options;
  const onNote = (text: string): void => onEvent({ kind: 'note', text });
  return new RolloutDesk({
    clock,
    store: rolloutStore ?? storedRollouts(secrets),
    web: options.web ?? webCalls,
    reconnectMs: RECONNECT_MS,
    world: {
      isWhole: () => controlPlane().hearsAllSplits,
      rollouts: () => controlPlane().current.rollouts,
      arrivalOf: key => arrivalFrom(controlPlane().objects.programmedSplit(key)),
      having: key => controlPlane().objects.havingSplit(key),
      sideOf: proxy => sideOf(proxy, controlPlane().current.resources.get(MESH_SETTINGS)),
      isConnected,
      onInForce: () => {
        // Else whoever reads the store hears of it.
        if (rolloutStore === undefined) controlPlane().recheck();
      },
      ...options.deployments,
    },
    onNews: (rollout, news) => {
      const { type, words, by } = news;
      onEvent({ kind: 'rollout', rollout, turn: type, text: words, by });
      controlPlane().onNews(rollout, news);
    },
    onNote,
    // Of their own, so that no URL of a tenant keeps from the log that a state cannot be stored.
    onWebNote: tenASecond({
      ...{ clock, tell: onNote },
      onOmitted: count => onNote(`${count} more calls to URLs of Rollouts failed within a second`),
    }),
  });
}

function spread(authority: Authority, to: { readonly distribution: Distribution; readonly server: ServerIdentity }): void {
  to.server.follow();
  to.distribution.trust(authority.bundle());
}

function compilerFor({ clock, defaultAddresses, hasOwnProxies = false }: ControlPlaneOptions): Compiler {
  return createCompiler({ clock, defaultAddresses, hasOwnProxies });
}

/** A trust domain is for good: once there is an authority, its own holds, and documents are told that they say otherwise. */
async function chooseTrustDomain(options: ControlPlaneOptions, content: LoadedDocuments): Promise<string> {
  const { secrets, trustDomain } = options;
  const chosen = trustDomain ?? (await storedTrustDomain(secrets));
  if (chosen !== undefined) return chosen;
  const { snapshot } = compilerFor(options).update(content.documents);
  const settings = snapshot.resources.get(MESH_SETTINGS);
  return settings?.kind === 'meshSettings' ? settings.trustDomain : DEFAULT_TRUST_DOMAIN;
}
