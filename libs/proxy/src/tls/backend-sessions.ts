// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { BackendTls, Certificate, ResourceName, TrustBundle } from '@weir/policy/snapshot';
import { backendTlsOptions } from './backend-tls.ts';
import type { BackendTlsMaterial } from './backend-tls.ts';

/** How TLS with a backend is begun. */
export interface BackendSession {
  /** Equal keys: the same names and authorities are trusted, and the same certificate is shown. */
  readonly key: string;
  readonly options: ConnectionOptions;
  /**
   * With a workload of the mesh: how long a connection whose handshake is over takes requests. There the options say what is spoken, and
   * no session is resumed. Absent = the connection may last.
   */
  readonly usableForMs?: (socket: TLSSocket) => number;
}

/** Enough for the backends of a large cluster; beyond it all are made again, which costs time and nothing else. */
const MAX_KEPT = 1024;

/** Makes what sessions with backends begin with, once for all backends and versions of backends that ask for the same. */
export class BackendSessions {
  private readonly material: Omit<BackendTlsMaterial, 'clientCertificate'>;
  private readonly made = new Map<string, BackendSession>();
  /** By resource, which is replaced where its content changes. */
  private readonly fingerprints = new WeakMap<Certificate | TrustBundle, string>();

  constructor(material: Omit<BackendTlsMaterial, 'clientCertificate'>) {
    this.material = material;
  }

  /** Throws as backendTlsOptions does. */
  sessionFor(tls: BackendTls, clientCertificate: ResourceName | undefined): BackendSession {
    const key = this.keyOf(tls, clientCertificate);
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const session = { key, options: backendTlsOptions(tls, { ...this.material, clientCertificate }) };
    if (this.made.size >= MAX_KEPT) this.forget();
    this.made.set(key, session);
    return session;
  }

  /** For a change of certificates or authorities: nobody asks for what was made of the former ones any more. */
  forget(): void {
    this.made.clear();
  }

  /** The key that a session made now would have: a name whose content is replaced gives another one. */
  keyOf(tls: BackendTls, clientCertificate: ResourceName | undefined): string {
    const { trustBundles, certificateOf } = this.material;
    const bundle = tls.trustBundle === undefined ? undefined : trustBundles.get(tls.trustBundle);
    const certificate = clientCertificate === undefined ? undefined : certificateOf(clientCertificate);
    const names = tls.subjectAltNames.map(({ kind, value }) => [kind, value]);
    const trust = [tls.usesSystemAuthorities, tls.trustBundle ?? null, this.fingerprintOf(bundle)];
    return JSON.stringify([tls.serverName, names, trust, clientCertificate ?? null, this.fingerprintOf(certificate)]);
  }

  private fingerprintOf(resource: Certificate | TrustBundle | undefined): string {
    if (resource === undefined) return '';
    const known = this.fingerprints.get(resource);
    if (known !== undefined) return known;
    const content = resource.kind === 'certificate' ? resource.chainPem + resource.keyPem : resource.authoritiesPem;
    const fingerprint = createHash('sha256').update(content).digest('base64');
    this.fingerprints.set(resource, fingerprint);
    return fingerprint;
  }
}
