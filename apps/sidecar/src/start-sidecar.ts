// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { systemClock } from '@weir/base';
import { createMemorySecrets, openSecretDirectory } from '@weir/identity';
import { Membership } from '@weir/member';
import type { ReadJoinProof } from '@weir/member';
import { MESH_SETTINGS, MESH_TRUST } from '@weir/policy/snapshot';
import { createAdminHandler, defaultSettings, hostPort, loadOriginalDestination, loadSocketCalls, NoteLog } from '@weir/proxy';
import type { AccessLogSettings, PortAddress } from '@weir/proxy';
import { InlineWorker } from '@weir/proxy/inline';
import { AcceptedFile } from '@weir/sync/client';
import { indexRoot, nameRoot } from '@weir/sync/messages';
import { capturedPorts } from './captured-ports.ts';
import { workloadName } from './local-resources.ts';
import { askWhoIsAt, needService } from './need-from-control-plane.ts';
import { openOperatorServers } from './operator-servers.ts';
import type { OperatorServers, OperatorServersPlan } from './operator-servers.ts';
import { Sidecar } from './sidecar.ts';
import type { SidecarStop } from './sidecar.ts';
import type { InboundBinding, OutboundBinding } from './sidecar-options.ts';
import { openSpanSink } from './span-sink.ts';
import type { SidecarTracing } from './span-sink.ts';
import { startNotes } from './start-notes.ts';

export interface StartSidecarOptions extends OperatorServersPlan {
  /** `NAMESPACE/SERVICE-ACCOUNT`. */
  readonly identity: string;
  readonly trustDomain: string;
  readonly controlPlane: PortAddress;
  /** Asked each time that the workload has to join; may say nothing where a leaf is kept in the state directory. */
  readonly proof: ReadJoinProof;
  readonly inbound: readonly InboundBinding[];
  readonly outbound: readonly OutboundBinding[];
  readonly proxy: PortAddress | undefined;
  /** Keeps leaf and configuration over a restart; undefined = nothing is kept. */
  readonly stateDirectory: string | undefined;
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces: their context goes through untouched. */
  readonly tracing: SidecarTracing | undefined;
  /** Unlike that of any other proxy of its identity; undefined = by where it is called. */
  readonly name: string | undefined;
  readonly zone: string;
  /** On which node of a cluster it runs; '' = not known. */
  readonly node: string;
  /** Told what happens, for people; must not throw. */
  readonly onNote: (text: string) => void;
}

/** A sidecar that serves. */
export interface RunningSidecar extends Omit<OperatorServers, 'close'> {
  /** Lets callers from outside of the mesh find other endpoints, before the workload ends. */
  announceEnd(): Promise<void>;
  stop(options: SidecarStop): Promise<void>;
}

/**
 * Starts a sidecar; resolves when it listens: with a certificate, and with all that its workload serves. Throws where it can never do
 * so as it was asked to; a control plane that is away is waited for.
 */
export async function startSidecar(given: StartSidecarOptions): Promise<RunningSidecar> {
  const notes = new NoteLog(systemClock);
  const options = { ...given, onNote: noteAlso(notes, given.onNote) };
  const captured = options.capture && capturedPorts(options.capture);
  const readDestination = captured && (await loadOriginalDestination());
  const closing = new AsyncDisposableStack();
  const mesh: { membership?: Membership } = {};
  const spans = options.tracing && (await openSpanSink(options.tracing, options.onNote));
  const sidecar: Sidecar = new Sidecar(
    {
      ...options,
      ...{ captured, notes },
      settings: { ...defaultSettings, zone: options.zone, node: options.node },
      calls: await loadSocketCalls(),
      tracing: spans?.tracing,
      leafHealth: () => mesh.membership?.health(),
      owner: { pid: process.pid, directory: options.stateDirectory ?? options.identity, startedAt: new Date().toISOString() },
    },
    init =>
      new InlineWorker(init, {
        needService: name => mesh.membership && needService(mesh.membership.client, name),
        needAddress: address => mesh.membership && askWhoIsAt(address, mesh.membership.client, at => sidecar.workloadAt(at)),
        readDestination,
      }),
  );
  try {
    await sidecar.start();
    const membership = await joinMesh(options, sidecar);
    closing.defer(() => membership.stop());
    mesh.membership = membership;
    const servers = await openOperatorServers(options, { sidecar, spans });
    closing.defer(() => servers.close());
    await membership.certified;
    membership.offerAdmin(createAdminHandler(sidecar));
    // Without anybody who calls the workload, this alone says what Services there are.
    await membership.start();
    await sidecar.isComplete();
    await sidecar.open();
    for (const note of notesOf(options, sidecar)) options.onNote(note);
    return {
      metricsAt: servers.metricsAt,
      adminPath: servers.adminPath,
      announceEnd: () => sidecar.announceEnd(),
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

function notesOf({ identity, capture, outbound, proxy }: StartSidecarOptions, sidecar: Sidecar): readonly string[] {
  return startNotes({
    identity,
    isCapturing: capture !== undefined,
    outboundAt: [...outbound.map(({ listen }) => listen), ...(proxy === undefined ? [] : [proxy])],
    settings: sidecar.snapshot().resources.get(MESH_SETTINGS),
  });
}

function noteAlso(notes: NoteLog, tell: (text: string) => void): (text: string) => void {
  return text => {
    notes.add(text);
    tell(text);
  };
}

/** At which the workload is called. */
function addressesOf({ inbound, capture = [] }: StartSidecarOptions): readonly string[] {
  return [...new Set([...inbound.map(({ listen }) => listen.address), ...capture])];
}

async function joinMesh(options: StartSidecarOptions, sidecar: Sidecar): Promise<Membership> {
  const { stateDirectory } = options;
  const addresses = addressesOf(options);
  const workloads = addresses.map(address => nameRoot(workloadName(options, { address })));
  return Membership.begin({
    ...options,
    addresses,
    proxy: options.name ?? defaultName(options),
    roots: [indexRoot('meshService'), indexRoot('meshSettings'), nameRoot(MESH_TRUST), ...workloads],
    secrets: stateDirectory === undefined ? createMemorySecrets() : await openSecretDirectory(join(stateDirectory, 'identity')),
    accepted: stateDirectory === undefined ? undefined : new AcceptedFile(join(stateDirectory, 'accepted')),
    member: sidecar,
  });
}

/** Others of its identity are called at other addresses. */
function defaultName({ identity, inbound, capture = [] }: StartSidecarOptions): string {
  const places = inbound.map(({ listen }) => hostPort(listen.address, listen.port));
  return [...places, ...(places.length === 0 ? capture : [])].join(',') || identity;
}
