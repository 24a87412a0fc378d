// SPDX-License-Identifier: Apache-2.0
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Backend, HealthCheck, Port, Resource, ResourceName, Transaction, TrustBundle } from '@weir/policy/snapshot';
import { BackendCredentials } from '../engine/backend-credentials.ts';
import { MeshDirectory } from '../mesh/mesh-directory.ts';
import { meshSession } from '../mesh/mesh-pools.ts';
import type { InnerProtocol } from '../mesh/mesh-protocols.ts';
import { MeshSessions } from '../mesh/mesh-sessions.ts';
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts';
import { CertificateStore } from '../tls/certificate-store.ts';
import type { CheckedEndpoint, CheckPreamble } from './active-checks.ts';

/** What health checks begin their connections with, of the same resources as requests. */
export class CheckCredentials {
  private readonly certificates = new CertificateStore();
  private readonly trustBundles = new Map<ResourceName, TrustBundle>();
  private readonly ports = new Map<ResourceName, Port>();
  private readonly directory = new MeshDirectory();
  private readonly credentials = new BackendCredentials(this.sources());
  private readonly meshSessions = new MeshSessions({
    certificateOf: name => this.certificates.get(name),
    trustBundles: this.trustBundles,
    trustDomain: () => this.directory.settings?.trustDomain,
  });

  take({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) {
      this.certificates.delete(name);
      this.trustBundles.delete(name);
      this.ports.delete(name);
    }
    for (const resource of upserts) this.set(resource);
    this.directory.commit(upserts, removes);
    this.credentials.renew(this.ports.values());
    const isOfMesh = (name: ResourceName): boolean => name === MESH_CERTIFICATE || name === MESH_TRUST;
    if (upserts.some(({ kind, name }) => kind === 'meshSettings' || isOfMesh(name))) this.meshSessions.renew();
  }

  /** Throws Fault `backend_invalid` where TLS cannot be as requests would have it, and `mesh_unavailable` as for them. */
  preambleOf({ backend, endpoint }: CheckedEndpoint, check: HealthCheck): CheckPreamble {
    const { mesh, tls, proxyProtocol } = backend;
    // Behind a port of its own is no Service; only in strict mode is plaintext out of the question all the same.
    const isPlain = check.port !== undefined && mesh?.mode === 'permissive';
    const session = isPlain
      ? undefined
      : meshSession(endpoint, backend, peer => this.meshSessions.sessionFor(peer, innerProtocol(check, backend)));
    if (session !== undefined) {
      return { proxyHeader: undefined, tls: session.options, localAddress: this.directory.doorTo(endpoint.address) };
    }
    return {
      proxyHeader: proxyProtocol && localProxyHeader(proxyProtocol),
      tls: tls && this.credentials.sessionFor(tls, this.certificateToShow()).options,
    };
  }

  private set(resource: Resource): void {
    if (resource.kind === 'certificate') this.certificates.set(resource);
    else if (resource.kind === 'trustBundle') this.trustBundles.set(resource.name, resource);
    else if (resource.kind === 'port') this.ports.set(resource.name, resource);
  }

  /** A check is of no Gateway: it shows the certificate of the first listener by name that has one. */
  private certificateToShow(): ResourceName | undefined {
    const names = [...this.ports.values()].flatMap(({ listeners }) => listeners.map(({ name }) => name)).toSorted();
    return names.map(name => this.credentials.certificateOf(name)).find(certificate => certificate !== undefined);
  }

  private sources() {
    return { certificates: this.certificates, trustBundles: this.trustBundles };
  }
}

/** What is spoken inside mutual TLS of the mesh. */
function innerProtocol({ probe }: HealthCheck, { protocol }: Pick<Backend, 'protocol'>): InnerProtocol {
  if (probe.kind === 'http') return protocol;
  return probe.kind === 'grpc' ? 'http2' : 'tcp';
}
