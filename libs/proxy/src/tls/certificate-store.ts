// SPDX-License-Identifier: Apache-2.0
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Certificate, ResourceName } from '@weir/policy/snapshot';
import { coversHost } from '@weir/routing';

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

  set(certificate: Certificate): void {
    this.stored.set(certificate.name, { certificate, contexts: new Map() });
  }

  delete(name: ResourceName): void {
    this.stored.delete(name);
  }

  get(name: ResourceName): Certificate | undefined {
    return this.stored.get(name)?.certificate;
  }

  /** The certificate for a server name among `names`: the first that covers it, else the first there is. */
  select(names: readonly ResourceName[], serverName: string | undefined): Certificate | undefined {
    const known = names.flatMap(name => this.stored.get(name)?.certificate ?? []);
    const covering =
      serverName === undefined
        ? undefined
        : known.find(({ dnsNames }) => dnsNames.some(dnsName => coversOneLabel(dnsName, serverName)));
    return covering ?? known[0];
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

/** In a certificate a wildcard stands for exactly one label (RFC 9525 §6.3), unlike in a listener's hostname. */
function coversOneLabel(dnsName: string, serverName: string): boolean {
  if (!coversHost(dnsName, serverName)) return false;
  return !dnsName.startsWith('*.') || serverName.indexOf('.') === serverName.length - dnsName.length + 1;
}
