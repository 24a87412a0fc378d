// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { Backend, ResourceName } from '@weir/policy/snapshot';
import type { BackendCredentials } from './backend-credentials.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { PoolNeeds, PoolRegistry } from './pool-registry.ts';

/** With what its connections count in. */
type SecuredBackend = Backend & Pick<PoolNeeds, 'gate'>;

/** The pools of a backend for one certificate of ours. */
interface PoolSet {
  readonly needs: PoolNeeds;
  /** One for each endpoint. */
  readonly pools: readonly EndpointPool[];
}

/**
 * The pools of a backend whose connections begin with TLS or a PROXY header. Requests of different Gateways may have to show
 * different certificates, and then never share a connection. Made when a request needs them.
 */
export class SecuredPools {
  private readonly backend: SecuredBackend;
  private readonly registry: PoolRegistry;
  private readonly credentials: BackendCredentials;
  private readonly sets = new Map<ResourceName | undefined, PoolSet>();

  constructor(backend: SecuredBackend, registry: PoolRegistry, credentials: BackendCredentials) {
    this.backend = backend;
    this.registry = registry;
    this.credentials = credentials;
  }

  /** The pool of an endpoint (an index) for a request. Throws Fault `backend_invalid` where TLS cannot be as it has to. */
  find(index: number, { meshSide, served: { listener } }: Exchange): EndpointPool | undefined {
    const isShown = this.backend.tls !== undefined && meshSide === undefined;
    const certificate = isShown ? this.credentials.certificateOf(listener) : undefined;
    return (this.sets.get(certificate) ?? this.open(certificate)).pools[index];
  }

  /** Takes part in the pools of another one, where they have an endpoint and all else in common. */
  inherit({ sets }: SecuredPools): void {
    for (const certificate of sets.keys()) {
      if (this.sets.has(certificate)) continue;
      try {
        this.open(certificate);
      } catch {
        // TLS cannot be as it has to: the first request is told.
      }
    }
  }

  /** Lets go of what is made of certificates and authorities that are no longer there; requests on their way end undisturbed. */
  renew(): void {
    const { tls } = this.backend;
    if (tls === undefined) return;
    for (const [certificate, set] of this.sets) {
      if (this.credentials.keyOf(tls, certificate) === set.needs.session?.key) continue;
      this.sets.delete(certificate);
      this.close(set);
    }
  }

  release(): void {
    for (const set of this.sets.values()) this.close(set);
    this.sets.clear();
  }

  private open(certificate: ResourceName | undefined): PoolSet {
    const { tls, endpoints, ...needs } = this.backend;
    const session = tls === undefined ? undefined : this.credentials.sessionFor(tls, certificate);
    const set: PoolSet = {
      needs: { ...needs, session },
      pools: endpoints.map(endpoint => this.registry.acquire(endpoint, { ...needs, session })),
    };
    this.sets.set(certificate, set);
    return set;
  }

  private close({ needs }: PoolSet): void {
    for (const endpoint of this.backend.endpoints) this.registry.release(endpoint, needs);
  }
}
