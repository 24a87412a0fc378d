// SPDX-License-Identifier: Apache-2.0
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Certificate, ResourceName } from '@weir/policy/snapshot';
import { CertificateIndex } from './certificate-index.ts';

interface StoredCertificate {
  readonly certificate: Certificate;
  /**
   * By the authorities that clients are checked with. Made on first use: a thousand certificates cost what the few that are
   * asked for cost.
   */
  readonly contexts: Map<string | undefined, SecureContext>;
}

/** The server certificates of a worker by resource name. Replacing one takes effect with the next handshake; open connections stay. */
export class CertificateStore {
  private readonly stored = new Map<ResourceName, StoredCertificate>();
  /** By list of names, as listeners have it; made anew after a change. */
  private indexes = new WeakMap<readonly ResourceName[], CertificateIndex>();

  set(certificate: Certificate): void {
    this.stored.set(certificate.name, { certificate, contexts: new Map() });
    this.indexes = new WeakMap();
  }

  delete(name: ResourceName): void {
    this.stored.delete(name);
    this.indexes = new WeakMap();
  }

  get(name: ResourceName): Certificate | undefined {
    return this.stored.get(name)?.certificate;
  }

  /** The certificate for a server name among `names`: the first that covers it, else the first there is. */
  select(names: readonly ResourceName[], serverName: string | undefined): Certificate | undefined {
    let index = this.indexes.get(names);
    if (index === undefined) {
      index = new CertificateIndex(names.flatMap(name => this.stored.get(name)?.certificate ?? []));
      this.indexes.set(names, index);
    }
    return index.select(serverName);
  }

  /** Throws if the pair cannot be used. */
  contextOf({ name }: Certificate, clientAuthorities: readonly string[] | undefined): SecureContext | undefined {
    const stored = this.stored.get(name);
    if (stored === undefined) return undefined;
    const key = clientAuthorities?.join('');
    const known = stored.contexts.get(key);
    if (known !== undefined) return known;
    const { chainPem, keyPem } = stored.certificate;
    const authorities = clientAuthorities === undefined ? {} : { ca: [...clientAuthorities] };
    const context = createSecureContext({ cert: chainPem, key: keyPem, minVersion: 'TLSv1.2', ...authorities });
    stored.contexts.set(key, context);
    return context;
  }
}
