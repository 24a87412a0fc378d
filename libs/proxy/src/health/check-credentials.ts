// SPDX-License-Identifier: Apache-2.0
import type { Backend, Port, ResourceName, Transaction, TrustBundle } from '@weir/policy/snapshot';
import { BackendCredentials } from '../engine/backend-credentials.ts';
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts';
import { CertificateStore } from '../tls/certificate-store.ts';
import type { Preamble } from '../upstream/upstream-socket.ts';

/** What health checks begin their connections with, of the same resources as requests. */
export class CheckCredentials {
  private readonly certificates = new CertificateStore();
  private readonly trustBundles = new Map<ResourceName, TrustBundle>();
  private readonly ports = new Map<ResourceName, Port>();
  private readonly credentials = new BackendCredentials(this.sources());

  take({ upserts, removes }: Transaction): void {
    for (const name of removes) {
      this.certificates.delete(name);
      this.trustBundles.delete(name);
      this.ports.delete(name);
    }
    for (const resource of upserts) {
      if (resource.kind === 'certificate') this.certificates.set(resource);
      else if (resource.kind === 'trustBundle') this.trustBundles.set(resource.name, resource);
      else if (resource.kind === 'port') this.ports.set(resource.name, resource);
    }
    this.credentials.renew(this.ports.values());
  }

  /** Throws Fault `backend_invalid` where TLS cannot be as requests would have it. */
  preambleOf({ tls, proxyProtocol }: Backend): Preamble {
    return {
      proxyHeader: proxyProtocol && localProxyHeader(proxyProtocol),
      tls: tls && this.credentials.sessionFor(tls, this.certificateToShow()).options,
    };
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
