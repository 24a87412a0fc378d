// SPDX-License-Identifier: Apache-2.0
import { createRouterTransport } from '@connectrpc/connect';
import { createSystemRandom, systemClock } from '@weir/base';
import type { Timer } from '@weir/base';
import type { LoadedDocuments, PrepareCompilation } from '@weir/gateway';
import { identityResources } from '@weir/member';
import type { Compilation, RequestedSidecar } from '@weir/policy/compile';
import { GATEWAY_IDENTITY } from '@weir/policy/snapshot';
import { SharedThread } from '@weir/proxy';
import type { AccessLogSettings, PoolTracing } from '@weir/proxy';
import { connectOver } from '@weir/sync/client';
import type { Connect } from '@weir/sync/client';
import { countedRevision } from '@weir/sync/messages';
import { createSyncServer, PEER } from '@weir/sync/server';
import type { SyncServer, SyncServerOptions } from '@weir/sync/server';
import type { MetricsDump } from '@weir/telemetry';
import type { MeshSplit } from '../rollout-host/whole-arrival.ts';
import { HostedSidecar } from './hosted-sidecar.ts';
import { LocalAuthority } from './local-authority.ts';
import { MeshSplits } from './mesh-splits.ts';
import { SidecarSet } from './sidecar-set.ts';
import type { SidecarState } from './sidecar-set.ts';
import { WantedSidecars } from './wanted-sidecars.ts';

export interface MeshHostOptions {
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces. */
  readonly tracing: PoolTracing | undefined;
  readonly zone: string;
  readonly onNote: (text: string) => void;
  /** What a sidecar saw of the revisions of Services; absent = nobody wants to know. */
  readonly onSplitReport?: SyncServerOptions['onSplitReport'];
}

type Equip = Parameters<PrepareCompilation>[2];

/** A foreign process may give a port free at any time. */
const RETRY_MS = 2_000;
/** How long a sidecar that nothing asks for any more may take to end its connections. */
const REMOVE_PATIENCE_MS = 5_000;

/**
 * The mesh of one process: control plane and sidecars beside the gateway. It makes its authority anew with each start, in memory: nobody
 * outside of the process has a certificate of it.
 */
export class MeshHost {
  private readonly options: MeshHostOptions;
  private readonly sync: SyncServer;
  private readonly splits: MeshSplits;
  private readonly wanted = new WantedSidecars();
  private readonly sidecars: SidecarSet;
  /** Each sidecar carries the traffic of one workload on one machine. */
  private readonly thread = new SharedThread();
  /** There from the moment on that there is a mesh; who starts sidecars waits for it. */
  private authority: Promise<LocalAuthority> | undefined;
  private current: LocalAuthority | undefined;
  private leaf: { stop(): void } | undefined;
  private readonly retrying: Timer;
  private revision = 0;
  private readonly epoch = systemClock.wallMs();
  private hasStarted = false;

  constructor(options: MeshHostOptions) {
    this.options = options;
    // Whoever is in this process may have everything: it holds all keys anyway.
    this.sync = createSyncServer({
      ...{ clock: systemClock, random: createSystemRandom(), authorize: () => true },
      ...(options.onSplitReport && { onSplitReport: options.onSplitReport }),
    });
    this.splits = new MeshSplits(this.sync.acks);
    this.sidecars = new SidecarSet({
      create: wanted => this.create(wanted),
      onNote: text => this.note(text),
    });
    this.retrying = systemClock.every(RETRY_MS, () => {
      if (this.hasStarted && this.sidecars.hasFailures) void this.sidecars.retry();
    });
  }

  /** How the sidecars do that documents ask for. */
  get states(): readonly SidecarState[] {
    return this.sidecars.states;
  }

  get trustDomain(): string {
    return this.current?.trustDomain ?? '';
  }

  /**
   * Takes over what documents come to; resolves when the gateway knows who it is, and new sidecars serve: whoever calls them then
   * finds them. Its first call has a mesh.
   */
  readonly prepare = async (compilation: Compilation, loaded: LoadedDocuments, equip: Equip): Promise<void> => {
    const { snapshot, transaction } = compilation;
    const whole = { version: snapshot.version, upserts: [...snapshot.resources.values()], removes: [] };
    const change = this.revision === 0 ? whole : transaction;
    this.sync.update(change, countedRevision(this.epoch, ++this.revision));
    this.splits.update(change);
    const { sidecars, notes } = this.wanted.update(loaded.documents, snapshot);
    const trustDomain = trustDomainOf(compilation);
    if (trustDomain === undefined) return;
    this.authority ??= this.begin(trustDomain, equip);
    for (const note of notes) this.options.onNote(note);
    await this.authority;
    this.noteTrustDomain(trustDomain);
    await this.sidecars.grow(sidecars);
    this.hasStarted = true;
  };

  /** Ends the sidecars that nothing asks for any more. Call it after changes, when callers know. */
  settle(): Promise<void> {
    return this.sidecars.shrink(REMOVE_PATIENCE_MS);
  }

  /** Ends all sidecars. */
  async close(deadlineMs: number): Promise<void> {
    this.retrying.cancel();
    await this.sidecars.close(deadlineMs);
    this.sync.close();
    this.leaf?.stop();
  }

  /** What divides calls by a Rollout, `namespace/name`, and which sidecars have that; undefined = nothing does. */
  splitOf(rollout: string): MeshSplit | undefined {
    return this.splits.splitOf(rollout);
  }

  /** `IDENTITY/PROXY`. */
  isConnected(proxy: string): boolean {
    return this.sync.streams().some(stream => stream.proxy === proxy);
  }

  metrics(): Promise<readonly MetricsDump[]> {
    return this.sidecars.metrics();
  }

  status(): unknown {
    return this.sidecars.status();
  }

  private create(wanted: RequestedSidecar): HostedSidecar {
    const { accessLog, tracing, zone, onNote } = this.options;
    if (this.current === undefined) throw new Error('there is no authority yet');
    return new HostedSidecar(wanted, {
      ...{ accessLog, tracing, zone, authority: this.current, thread: this.thread },
      connect: this.connectAs(wanted.identity),
      onNote: text => onNote(`the sidecar of ${wanted.key}: ${text}`),
    });
  }

  /** The gateway is the first who is given a leaf. */
  private async begin(trustDomain: string, equip: Equip): Promise<LocalAuthority> {
    const authority = await LocalAuthority.open(trustDomain);
    this.leaf = await authority.keep({
      identity: GATEWAY_IDENTITY,
      onFailure: reason => this.options.onNote(`the gateway's certificate of the mesh is not renewed yet: ${reason}`),
      take: identity => {
        equip(identityResources(identity));
        return Promise.resolve();
      },
    });
    this.current = authority;
    return authority;
  }

  /** What is wrong at the start, the start tells. */
  private note(text: string): void {
    if (this.hasStarted) this.options.onNote(text);
  }

  /** All certificates are of the one in which it started; nobody believes them in another. */
  private noteTrustDomain(trustDomain: string): void {
    if (trustDomain === this.trustDomain) return;
    const text = `the mesh is of trust domain ${this.trustDomain} since the start; ${trustDomain} needs a restart, and until then calls in the mesh fail`;
    this.options.onNote(text);
  }

  /** A stream without a network: the same messages, in this process. */
  private connectAs(peer: string): Connect {
    return connectOver(() => {
      const interceptors = [nameCaller(peer)];
      return { transport: createRouterTransport(this.sync.routes, { router: { interceptors } }), close: () => undefined };
    });
  }
}

type Interceptor = NonNullable<
  NonNullable<NonNullable<Parameters<typeof createRouterTransport>[1]>['router']>['interceptors']
>[number];

function nameCaller(peer: string): Interceptor {
  return next => request => {
    request.contextValues.set(PEER, peer);
    return next(request);
  };
}

/** Undefined = there is no mesh. */
function trustDomainOf({ snapshot }: Compilation): string | undefined {
  for (const resource of snapshot.resources.values()) if (resource.kind === 'meshSettings') return resource.trustDomain;
  return undefined;
}
