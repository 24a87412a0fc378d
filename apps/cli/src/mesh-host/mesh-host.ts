// SPDX-License-Identifier: Apache-2.0
import { createRouterTransport } from '@connectrpc/connect';
import { createSystemRandom, systemClock } from '@weir/base';
import type { PrepareCompilation } from '@weir/gateway';
import { requestedSidecar } from '@weir/policy/compile';
import type { Compilation, RequestedSidecar } from '@weir/policy/compile';
import { GATEWAY_IDENTITY, MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Resource } from '@weir/policy/snapshot';
import type { AccessLogSettings, PoolTracing } from '@weir/proxy';
import { connectOver } from '@weir/sync/client';
import type { Connect } from '@weir/sync/client';
import { countedRevision } from '@weir/sync/messages';
import { createSyncServer, PEER } from '@weir/sync/server';
import type { SyncServer } from '@weir/sync/server';
import { HostedSidecar } from './hosted-sidecar.ts';
import { LocalAuthority } from './local-authority.ts';

export interface MeshHostOptions {
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces. */
  readonly tracing: PoolTracing | undefined;
  readonly zone: string;
  readonly onNote: (text: string) => void;
}

/**
 * The mesh of one process: control plane and sidecars beside the gateway. It makes its authority anew with each start, in memory: nobody
 * outside of the process has a certificate of it.
 */
export class MeshHost {
  private readonly options: MeshHostOptions;
  private readonly sync: SyncServer;
  private readonly sidecars = new Map<string, HostedSidecar>();
  private readonly wanted = new Map<string, RequestedSidecar>();
  private authority: Promise<LocalAuthority> | undefined;
  private revision = 0;
  private readonly epoch = systemClock.wallMs();
  /** Sidecars start and end one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(options: MeshHostOptions) {
    this.options = options;
    // Whoever is in this process may have everything: it holds all keys anyway.
    this.sync = createSyncServer({ clock: systemClock, random: createSystemRandom(), authorize: () => true });
  }

  /** Takes over what documents come to; resolves when the gateway knows who it is. Its first call has a mesh. */
  readonly prepare: PrepareCompilation = (compilation, { documents }, equip) => {
    const { snapshot, transaction } = compilation;
    const whole = { version: snapshot.version, upserts: [...snapshot.resources.values()], removes: [] };
    this.sync.update(this.revision === 0 ? whole : transaction, countedRevision(this.epoch, ++this.revision));
    this.wanted.clear();
    for (const document of documents.values()) {
      const { sidecar } = requestedSidecar(document);
      if (sidecar !== undefined) this.wanted.set(sidecar.key, sidecar);
    }
    const trustDomain = trustDomainOf(compilation);
    if (trustDomain !== undefined) this.authority ??= begin(trustDomain, equip);
    return this.authority?.then(() => undefined);
  };

  /** Starts the sidecars that are asked for and ends others; resolves when they serve. Call it when the gateway has started, and after changes. */
  settle(): Promise<void> {
    this.work = this.work.then(() => this.align());
    return this.work;
  }

  /** Ends all sidecars. */
  async close(deadlineMs: number): Promise<void> {
    this.wanted.clear();
    await this.settle();
    await Promise.all([...this.sidecars.values()].map(sidecar => sidecar.stop(deadlineMs)));
    this.sync.close();
    (await this.authority)?.close();
  }

  private async align(): Promise<void> {
    for (const [key, sidecar] of this.sidecars) {
      const wanted = this.wanted.get(key);
      if (wanted !== undefined && sidecar.isAsWanted(wanted)) continue;
      this.sidecars.delete(key);
      await sidecar.stop(REPLACE_PATIENCE_MS);
    }
    const missing = [...this.wanted.values()].filter(({ key }) => !this.sidecars.has(key));
    await Promise.all(missing.map(wanted => this.start(wanted)));
  }

  private async start(wanted: RequestedSidecar): Promise<void> {
    const authority = await this.authority;
    if (authority === undefined) return;
    const sidecar = new HostedSidecar(wanted, { ...this.options, connect: this.connectAs(wanted.identity) });
    this.sidecars.set(wanted.key, sidecar);
    try {
      await sidecar.start(authority);
    } catch (reason) {
      this.sidecars.delete(wanted.key);
      this.options.onNote(
        `the sidecar of ${wanted.key} cannot start: ${reason instanceof Error ? reason.message : String(reason)}`,
      );
      await sidecar.stop(0);
    }
  }

  /** A stream without a network: the same messages, in this process. */
  private connectAs(peer: string): Connect {
    return connectOver(() => {
      const interceptors = [nameCaller(peer)];
      return { transport: createRouterTransport(this.sync.routes, { router: { interceptors } }), close: () => undefined };
    });
  }
}

/** The gateway is the first who is given a leaf. */
async function begin(trustDomain: string, equip: (upserts: readonly Resource[]) => void): Promise<LocalAuthority> {
  const authority = await LocalAuthority.open(trustDomain);
  await authority.keep(GATEWAY_IDENTITY, ({ certificate, authoritiesPem }) => {
    equip([
      { kind: 'certificate', name: MESH_CERTIFICATE, dnsNames: [], ...certificate },
      { kind: 'trustBundle', name: MESH_TRUST, authoritiesPem },
    ]);
    return Promise.resolve();
  });
  return authority;
}

/** How long a sidecar that is asked for differently may take to end its connections. */
const REPLACE_PATIENCE_MS = 5_000;

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
