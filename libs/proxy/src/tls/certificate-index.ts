// SPDX-License-Identifier: Apache-2.0
import type { Certificate } from '@weir/policy/snapshot';

/** Certificates by the names in them: among a thousand one is found as fast as among ten. */
export class CertificateIndex {
  private readonly certificates: readonly Certificate[];
  /** Place of the first certificate with a DNS name. */
  private readonly places = new Map<string, number>();

  constructor(certificates: readonly Certificate[]) {
    this.certificates = certificates;
    certificates.forEach(({ dnsNames }, place) => {
      for (const dnsName of dnsNames) if (!this.places.has(dnsName)) this.places.set(dnsName, place);
    });
  }

  /**
   * The first certificate that covers a server name, else the first there is. In a certificate a wildcard stands for exactly
   * one label (RFC 9525 §6.3), unlike in a listener's hostname.
   */
  select(serverName: string | undefined): Certificate | undefined {
    return this.certificates[serverName === undefined ? 0 : this.placeOf(serverName)];
  }

  private placeOf(serverName: string): number {
    const name = serverName.endsWith('.') ? serverName.slice(0, -1) : serverName;
    const dot = name.indexOf('.');
    const exact = this.places.get(name);
    const wildcard = dot > 0 ? this.places.get(`*${name.slice(dot)}`) : undefined;
    return Math.min(exact ?? Infinity, wildcard ?? exact ?? 0);
  }
}
