// SPDX-License-Identifier: Apache-2.0
import type { BackendTls, Port, ResourceName, TrustBundle } from '@weir/policy/snapshot';
import { BackendSessions } from '../tls/backend-sessions.ts';
import type { BackendSession } from '../tls/backend-sessions.ts';
import type { CertificateStore } from '../tls/certificate-store.ts';

interface CredentialSources {
  readonly certificates: CertificateStore;
  readonly trustBundles: ReadonlyMap<ResourceName, TrustBundle>;
}

/** Whom TLS with backends trusts, and who the gateway is to them: each Gateway may have a certificate of its own (`spec.tls.backend`). */
export class BackendCredentials {
  private readonly sessions: BackendSessions;
  /** By listener, of those that have one. */
  private certificates: ReadonlyMap<string, ResourceName> = new Map();

  constructor({ certificates, trustBundles }: CredentialSources) {
    this.sessions = new BackendSessions({ trustBundles, certificateOf: name => certificates.get(name) });
  }

  /** The certificate that requests of a listener show to backends; undefined = none. */
  certificateOf(listener: string): ResourceName | undefined {
    return this.certificates.get(listener);
  }

  /** Throws Fault `backend_invalid` where TLS cannot be as it has to. */
  sessionFor(tls: BackendTls, certificate: ResourceName | undefined): BackendSession {
    return this.sessions.sessionFor(tls, certificate);
  }

  /** Key of the session that there would be now; other sessions are outdated. */
  keyOf(tls: BackendTls, certificate: ResourceName | undefined): string {
    return this.sessions.keyOf(tls, certificate);
  }

  /** Takes what there is from now on, after a change of ports, certificates or authorities. */
  renew(ports: Iterable<Port>): void {
    const certificates = new Map<string, ResourceName>();
    for (const { listeners } of ports) {
      for (const { name, backendCertificate } of listeners) {
        if (backendCertificate !== undefined) certificates.set(name, backendCertificate);
      }
    }
    this.certificates = certificates;
    this.sessions.forget();
  }
}
