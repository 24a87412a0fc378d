// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { Backend, BackendProtocol, Endpoint, MeshedBackend } from '@weir/policy/snapshot';
import { endpointKey } from '../engine/endpoint-key.ts';
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

export interface MeshPoolPorts {
  readonly registry: PoolRegistry;
  readonly sessions: MeshSessions;
  /** See MeshDirectory.doorTo. */
  readonly doorTo: (address: string) => string | undefined;
}

interface UsedPool {
  /** Of the endpoint. */
  readonly index: number;
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
  private readonly doorTo: MeshPoolPorts['doorTo'];
  /** By protocol and endpoint. */
  private readonly used = new Map<string, UsedPool>();

  constructor({ backend, mesh, needs }: MeshBackend, { registry, sessions, doorTo }: MeshPoolPorts) {
    this.doorTo = doorTo;
    this.backend = backend;
    this.mesh = mesh;
    this.needs = needs;
    this.registry = registry;
    this.sessions = sessions;
  }

  /** The pool of an endpoint (an index) for a request. Throws Fault `mesh_unavailable` where it may not be called as it is. */
  find(index: number, exchange: Exchange): EndpointPool | undefined {
    const protocol = this.protocolFor(exchange);
    const key = `${protocol} ${index}`;
    return (this.used.get(key) ?? this.open(key, { index, protocol }))?.pool;
  }

  /** Takes part in the pools of another one, where they have an endpoint and all else in common. */
  inherit({ used, backend: { endpoints } }: MeshPools): void {
    const indexes = new Map(this.backend.endpoints.map((endpoint, index) => [endpointKey(endpoint), index]));
    for (const { index: former, needs } of used.values()) {
      const endpoint = endpoints[former];
      const index = endpoint && indexes.get(endpointKey(endpoint));
      const { protocol } = needs;
      if (index === undefined || this.used.has(`${protocol} ${index}`)) continue;
      try {
        this.open(`${protocol} ${index}`, { index, protocol });
      } catch {
        // It may not be called as it is: the first request is told.
      }
    }
  }

  /** Lets go of what was made with a former certificate; requests on their way end undisturbed. */
  renew(): void {
    for (const [key, { index, needs }] of this.used) {
      const { identity } = this.backend.endpoints[index] ?? {};
      if (identity === undefined) continue;
      const { serverName } = this.mesh;
      if (this.sessions.currentKey({ identity, serverName }, needs.protocol) !== needs.session?.key) this.close(key);
    }
  }

  release(): void {
    for (const key of [...this.used.keys()]) this.close(key);
  }

  /** Where nothing is declared, the caller in the mesh knows; a client at the edge chose by what the edge speaks. */
  private protocolFor({ meshSide, protocol }: Exchange): BackendProtocol {
    if (this.mesh.protocol !== 'detect' || meshSide === undefined) return this.needs.protocol;
    return protocol === 'HTTP/2' ? 'http2' : 'http1';
  }

  private open(
    key: string,
    { index, protocol }: { readonly index: number; readonly protocol: BackendProtocol },
  ): UsedPool | undefined {
    const endpoint = this.backend.endpoints[index];
    if (endpoint === undefined) return undefined;
    const session = meshSession(endpoint, this.backend, peer => this.sessions.sessionFor(peer, protocol));
    const localAddress = session === undefined ? undefined : this.doorTo(endpoint.address);
    const needs = { ...this.needs, protocol, session, localAddress };
    const used = { index, needs, pool: this.registry.acquire(endpoint, needs) };
    this.used.set(key, used);
    return used;
  }

  private close(key: string): void {
    const used = this.used.get(key);
    const endpoint = used && this.backend.endpoints[used.index];
    this.used.delete(key);
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
