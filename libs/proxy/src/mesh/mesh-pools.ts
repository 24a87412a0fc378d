// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Backend, Endpoint, MeshedBackend } from '@weir/policy/snapshot';
import type { EndpointPool } from '../engine/endpoint-pool.ts';
import type { PoolNeeds, PoolRegistry } from '../engine/pool-registry.ts';
import type { BackendSession } from '../tls/backend-sessions.ts';
import type { MeshPeer, MeshSessions } from './mesh-sessions.ts';

/** A backend, and how its connections are made. */
export interface MeshBackend {
  readonly backend: Backend;
  readonly mesh: MeshedBackend;
  readonly needs: PoolNeeds;
}

interface UsedPool {
  readonly pool: EndpointPool;
  readonly needs: PoolNeeds;
}

/**
 * The pools of a backend of the mesh: each endpoint has an identity of its own, which connections to it are verified by. Made when a
 * request needs them.
 */
export class MeshPools {
  private readonly backend: Backend;
  private readonly mesh: MeshedBackend;
  private readonly needs: PoolNeeds;
  private readonly registry: PoolRegistry;
  private readonly sessions: MeshSessions;
  /** By endpoint. */
  private readonly used = new Map<number, UsedPool>();

  constructor(
    { backend, mesh, needs }: MeshBackend,
    { registry, sessions }: { readonly registry: PoolRegistry; readonly sessions: MeshSessions },
  ) {
    this.backend = backend;
    this.mesh = mesh;
    this.needs = needs;
    this.registry = registry;
    this.sessions = sessions;
  }

  /** The pool of an endpoint (an index). Throws Fault `mesh_unavailable` where it may not be called as it is. */
  find(index: number): EndpointPool | undefined {
    return (this.used.get(index) ?? this.open(index))?.pool;
  }

  /** Lets go of what was made with a former certificate; requests on their way end undisturbed. */
  renew(): void {
    for (const [index, { needs }] of this.used) {
      const { identity } = this.backend.endpoints[index] ?? {};
      if (identity === undefined) continue;
      const { serverName } = this.mesh;
      if (this.sessions.currentKey({ identity, serverName }, needs.protocol) !== needs.session?.key) this.close(index);
    }
  }

  release(): void {
    for (const index of [...this.used.keys()]) this.close(index);
  }

  private open(index: number): UsedPool | undefined {
    const endpoint = this.backend.endpoints[index];
    if (endpoint === undefined) return undefined;
    const session = meshSession(endpoint, this.backend, peer => this.sessions.sessionFor(peer, this.needs.protocol));
    const needs = { ...this.needs, session };
    const used = { needs, pool: this.registry.acquire(endpoint, needs) };
    this.used.set(index, used);
    return used;
  }

  private close(index: number): void {
    const endpoint = this.backend.endpoints[index];
    const used = this.used.get(index);
    this.used.delete(index);
    if (endpoint !== undefined && used !== undefined) this.registry.release(endpoint, used.needs);
  }
}

/**
 * How an endpoint of a backend is called; undefined = in plaintext. Throws Fault `mesh_unavailable` where that may not be, and what
 * `sessionFor` throws.
 */
export function meshSession(
  { identity, address, port }: Endpoint,
  { mesh, label }: Pick<Backend, 'label' | 'mesh'>,
  sessionFor: (peer: MeshPeer) => BackendSession,
): BackendSession | undefined {
  if (mesh === undefined) return undefined;
  if (identity !== undefined) return sessionFor({ identity, serverName: mesh.serverName });
  if (mesh.mode === 'permissive') return undefined;
  const place = `${address}:${port}`;
  throw new Fault('mesh_unavailable', `${label} takes mutual TLS only, and nobody says who serves at ${place}`);
}
