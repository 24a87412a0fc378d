// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { parseCertificates } from '@weir/identity';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Certificate, ResourceName, Transaction, TrustBundle } from '@weir/policy/snapshot';
import { createRegistry } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import { subjectAltNamesOf } from './subject-alt-names.ts';

/** What a certificate is to the process that has it: who it is in the mesh, whom it believes there, or of a Secret. */
type CertificateRole = 'leaf' | 'root' | 'secret';

interface Expiry {
  readonly role: CertificateRole;
  /** A leaf's SPIFFE id, a root's SHA-256 fingerprint as OpenSSL writes it, or `NAMESPACE/NAME` of the Secret. */
  readonly name: string;
  readonly notAfterMs: number;
}

/** Of more certificates the soonest to end are told: those that somebody has to look at. */
const MAX_SERIES = 2_000;

/**
 * When the certificates end that a process has: listeners', those that backends are shown, its own in the mesh, and the roots that it
 * believes there. Authorities that documents name are not among them: bundles of a system always hold some that nobody uses.
 */
export class CertificateExpiries {
  private readonly byResource = new Map<ResourceName, readonly Expiry[]>();

  record({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) this.byResource.delete(name);
    for (const resource of upserts) {
      if (resource.kind === 'certificate') this.byResource.set(resource.name, [expiryOf(resource)]);
      else if (resource.name === MESH_TRUST && resource.kind === 'trustBundle') {
        this.byResource.set(MESH_TRUST, rootExpiries(resource));
      }
    }
  }

  dump(): MetricsDump {
    const registry = createRegistry(MAX_SERIES);
    const all = [...this.byResource.values()].flat().toSorted((left, right) => left.notAfterMs - right.notAfterMs);
    for (const { role, name, notAfterMs } of all.slice(0, MAX_SERIES)) {
      registry.gauge('weir_certificate_expiry_timestamp_seconds', [role, name]).set(notAfterMs / 1_000);
    }
    return registry.dump();
  }
}

function expiryOf({ name, chainPem, notAfterMs }: Certificate): Expiry {
  if (name === MESH_CERTIFICATE) return { role: 'leaf', name: identityIn(chainPem), notAfterMs };
  return { role: 'secret', name: name.replace(/^certificate\//v, ''), notAfterMs };
}

/** The engine has refused what cannot be read, and says so; here it has no name. */
function identityIn(chainPem: string): string {
  const [leaf] = certificatesIn(chainPem);
  const names = leaf === undefined ? [] : subjectAltNamesOf(leaf);
  return names.find(({ kind }) => kind === 'uri')?.value ?? '';
}

function rootExpiries({ authoritiesPem }: TrustBundle): readonly Expiry[] {
  return certificatesIn(authoritiesPem).map(({ fingerprint256, validToDate }) => ({
    role: 'root',
    name: fingerprint256,
    notAfterMs: validToDate.getTime(),
  }));
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  try {
    return parseCertificates(pem, 'certificates of the mesh');
  } catch {
    return [];
  }
}
