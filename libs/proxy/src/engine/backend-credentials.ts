// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { BackendCertificate, BackendTls, Listener, Port, ResourceName, TrustBundle } from '@weir/policy/snapshot';
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
  /** By listener. */
  private certificates: ReadonlyMap<string, BackendCertificate | undefined> = new Map();

  constructor({ certificates, trustBundles }: CredentialSources) {
    this.sessions = new BackendSessions({ trustBundles, certificateOf: name => certificates.get(name) });
  }

  /**
   * The certificate that requests of a listener show to backends; undefined = none is wanted. Throws Fault `backend_invalid` where one
   * is wanted and cannot be used, or where the listener is gone, and with it the answer: nothing goes to a backend as somebody else.
   */
  certificateOf(listener: string): ResourceName | undefined {
    if (!this.certificates.has(listener)) throw new Fault('backend_invalid', `listener ${listener} is no longer configured`);
    return certificateToShow({ name: listener, backendCertificate: this.certificates.get(listener) });
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
    const certificates = new Map<string, BackendCertificate | undefined>();
    for (const { listeners } of ports) {
      for (const { name, backendCertificate } of listeners) certificates.set(name, backendCertificate);
    }
    this.certificates = certificates;
    this.sessions.forget();
  }
}

/** The certificate that a listener has shown to backends; undefined = none is wanted. Throws Fault `backend_invalid` where it cannot be used. */
export function certificateToShow({
  name,
  backendCertificate,
}: Pick<Listener, 'name' | 'backendCertificate'>): ResourceName | undefined {
  if (backendCertificate === undefined) return undefined;
  if (backendCertificate.kind === 'certificate') return backendCertificate.name;
  throw new Fault('backend_invalid', `the certificate that the Gateway of listener ${name} shows to backends cannot be used`);
}
