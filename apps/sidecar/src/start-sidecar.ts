// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets, LeafKeeper, openSecretDirectory, parseShortName } from '@weir/identity';
import type { SpiffeId } from '@weir/identity';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { ResourceName, Transaction, TrustBundle } from '@weir/policy/snapshot';
import { defaultSettings, hostPort, loadOriginalDestination, loadSocketCalls } from '@weir/proxy';
import type { AccessLogSettings, AddressAnswer, PortAddress, Rejection } from '@weir/proxy';
import { InlineWorker } from '@weir/proxy/inline';
import { AcceptedFile, SyncClient } from '@weir/sync/client';
import { addressRoot, indexRoot, nameRoot } from '@weir/sync/messages';
import { capturedPorts } from './captured-ports.ts';
import { ControlPlaneLink } from './control-plane/control-plane-link.ts';
import { leafNews } from './leaf-words.ts';
import { workloadName } from './local-resources.ts';
import { openOperatorServers } from './operator-servers.ts';
import type { OperatorServers, OperatorServersPlan } from './operator-servers.ts';
import { Sidecar } from './sidecar.ts';
import type { SidecarStop } from './sidecar.ts';
import type { InboundBinding, OutboundBinding } from './sidecar-options.ts';
import { openSpanSink } from './span-sink.ts';
import type { SidecarTracing } from './span-sink.ts';

export interface StartSidecarOptions extends OperatorServersPlan {
  /** `NAMESPACE/SERVICE-ACCOUNT`. */
  readonly identity: string;
  readonly trustDomain: string;
  readonly controlPlane: PortAddress;
  /** Undefined where a leaf is kept in the state directory. */
  readonly joinText: string | undefined;
  readonly inbound: readonly InboundBinding[];
  readonly outbound: readonly OutboundBinding[];
  readonly proxy: PortAddress | undefined;
  /** Keeps leaf and configuration over a restart; undefined = nothing is kept. */
  readonly stateDirectory: string | undefined;
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces: their context goes through untouched. */
  readonly tracing: SidecarTracing | undefined;
  readonly zone: string;
  /** Told what happens, for people; must not throw. */
  readonly onNote: (text: string) => void;
}

/** A sidecar that serves. */
export interface RunningSidecar extends Omit<OperatorServers, 'close'> {
  stop(options: SidecarStop): Promise<void>;
}

/** How long a call waits for what it needs of the control plane. */
const NEED_TIMEOUT_MS = 5_000;

/**
 * Starts a sidecar; resolves when it listens: with a certificate, and with all that its workload serves. Throws where it can never do
 * so as it was asked to; a control plane that is away is waited for.
 */
export async function startSidecar(options: StartSidecarOptions): Promise<RunningSidecar> {
  const expected = identityFrom(options);
  const captured = options.capture && capturedPorts(options.capture);
  const readDestination = captured && (await loadOriginalDestination());
  const closing = new AsyncDisposableStack();
  const client = { current: undefined as SyncClient | undefined };
  const spans = options.tracing && (await openSpanSink(options.tracing, options.onNote));
  const kept = { current: undefined as KeptLeaf | undefined };
  const sidecar: Sidecar = new Sidecar(
    {
      ...options,
      captured,
      settings: { ...defaultSettings, zone: options.zone },
      calls: await loadSocketCalls(),
      tracing: spans?.tracing,
      leafHealth: () => kept.current?.keeper.health(),
      owner: { pid: process.pid, directory: options.stateDirectory ?? options.identity, startedAt: new Date().toISOString() },
    },
    init =>
      new InlineWorker(init, {
        needService: name => need(client.current, name),
        needAddress: address => client.current && askWhoIsAt(address, client.current, sidecar),
        readDestination,
      }),
  );
  try {
    await sidecar.start();
    const keeper = await keepLeaf(options, { expected, sidecar });
    kept.current = keeper;
    closing.defer(() => keeper.stop());
    client.current = createClient(options, { keeper, sidecar });
    closing.defer(() => client.current?.close());
    const servers = await openOperatorServers(options, { sidecar, spans });
    closing.defer(() => servers.close());
    await keeper.ready;
    await client.current.start();
    // Without anybody who calls the workload, this alone says what Services there are.
    await client.current.ready;
    await sidecar.isComplete();
    await sidecar.open();
    return {
      metricsAt: servers.metricsAt,
      adminPath: servers.adminPath,
      stop: async stopOptions => {
        const startedMs = systemClock.nowMs();
        await sidecar.stop(stopOptions);
        await spans?.close(stopOptions.deadlineMs - (systemClock.nowMs() - startedMs));
        await closing.disposeAsync();
      },
    };
  } catch (error) {
    await sidecar.stop({ delayMs: 0, deadlineMs: 0 });
    await spans?.close(0);
    await closing.disposeAsync();
    throw error;
  }
}

function identityFrom({ identity, trustDomain }: StartSidecarOptions): SpiffeId {
  const parsed = parseShortName(identity, trustDomain);
  if (!parsed.isValid) throw new Error(`identity ${identity}: ${parsed.reason}`);
  return parsed.value;
}

async function need(client: SyncClient | undefined, service: ResourceName): Promise<void> {
  await client?.need(nameRoot(service), NEED_TIMEOUT_MS);
}

/** Throws where the control plane does not say it. */
async function askWhoIsAt(address: string, client: SyncClient, sidecar: Sidecar): Promise<AddressAnswer> {
  const answer = await client.need(addressRoot(address), NEED_TIMEOUT_MS);
  if (answer.kind === 'missing' && answer.outcome === 'doesNotExist') return 'outside';
  const workload = answer.kind === 'present' ? sidecar.workloadAt(address) : undefined;
  if (workload === undefined) throw new Error(`nobody says who is at ${address}`);
  return workload;
}

/** At which the workload is called. */
function addressesOf({ inbound, capture = [] }: StartSidecarOptions): readonly string[] {
  return [...new Set([...inbound.map(({ listen }) => listen.address), ...capture])];
}

/** A leaf that is kept, with all that belongs to it. */
class KeptLeaf {
  /** Resolves with the first leaf. */
  readonly ready: Promise<undefined>;
  readonly keeper: LeafKeeper;
  readonly link: ControlPlaneLink;

  constructor(keeper: LeafKeeper, link: ControlPlaneLink, ready: Promise<undefined>) {
    this.keeper = keeper;
    this.link = link;
    this.ready = ready;
  }

  stop(): void {
    this.keeper.stop();
  }
}

async function keepLeaf(
  options: StartSidecarOptions,
  { expected, sidecar }: { readonly expected: SpiffeId; readonly sidecar: Sidecar },
): Promise<KeptLeaf> {
  const { promise: ready, resolve } = Promise.withResolvers<undefined>();
  const { controlPlane: at, trustDomain, joinText, stateDirectory, onNote } = options;
  const link: ControlPlaneLink = new ControlPlaneLink({
    ...{ at, trustDomain, joinText },
    addresses: addressesOf(options),
    leaf: () => keeper.leaf(),
    bundle: () => keeper.bundle(),
  });
  const keeper: LeafKeeper = new LeafKeeper({
    ...{ trustDomain, expected, clock: systemClock, random: createSystemRandom(), certify: link.certify },
    secrets: stateDirectory === undefined ? createMemorySecrets() : await openSecretDirectory(join(stateDirectory, 'identity')),
    onFailure: reason => onNote(`no certificate: ${reason}`),
    onHealth: health => onNote(leafNews(health)),
    onChange: () => {
      const leaf = keeper.leaf();
      const bundle = keeper.bundle();
      if (leaf === undefined || bundle === undefined) return;
      const { credential } = leaf;
      const certificate = { chainPem: credential.chainPem, keyPem: credential.exposeKeyPem(), notAfterMs: credential.notAfterMs };
      void sidecar.identify({ certificate, authoritiesPem: bundle.rootsPem }).then(() => resolve(undefined));
    },
  });
  await keeper.start();
  return new KeptLeaf(keeper, link, ready);
}

function createClient(
  options: StartSidecarOptions,
  { keeper: { keeper, link }, sidecar }: { readonly keeper: KeptLeaf; readonly sidecar: Sidecar },
): SyncClient {
  const { identity, inbound, stateDirectory, onNote } = options;
  const workloads = addressesOf(options).map(address => nameRoot(workloadName(options, { address })));
  const apply = async (transaction: Transaction): Promise<readonly Rejection[]> => {
    const bundle = transaction.upserts.find(({ name }) => name === MESH_TRUST);
    if (bundle?.kind === 'trustBundle') takeBundle(keeper, bundle);
    // The leaf's keeper gives it to the engine, with the leaf that goes with it.
    return sidecar.apply({ ...transaction, upserts: transaction.upserts.filter(({ name }) => name !== MESH_TRUST) });
  };
  return new SyncClient({
    proxy: inbound.map(({ listen }) => hostPort(listen.address, listen.port)).join(',') || identity,
    roots: [indexRoot('meshService'), indexRoot('meshSettings'), nameRoot(MESH_TRUST), ...workloads],
    ...{ clock: systemClock, random: createSystemRandom(), connect: link.connect, configuration: { apply } },
    file: stateDirectory === undefined ? undefined : new AcceptedFile(join(stateDirectory, 'accepted')),
    onEnd: ({ reason, detail }) => {
      if (reason !== 'age') onNote(`control plane: ${detail}`);
    },
    onProblem: problem => onNote(problem.message),
  });
}

function takeBundle(keeper: LeafKeeper, { authoritiesPem, mesh }: TrustBundle): void {
  if (mesh !== undefined) keeper.setBundle({ ...mesh, rootsPem: authoritiesPem });
}
