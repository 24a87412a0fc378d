// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, SecureContext, SecureContextOptions } from 'node:tls';
import { Fault } from '@weir/base';
import type { BackendTls, Certificate, ResourceName, SubjectAltName, TrustBundle } from '@weir/policy/snapshot';
import { subjectAltNamesOf } from './subject-alt-names.ts';
import type { CertificateName } from './subject-alt-names.ts';

/** What TLS towards backends is made with. */
export interface BackendTlsMaterial {
  readonly trustBundles: ReadonlyMap<ResourceName, TrustBundle>;
  /** Finds a certificate by name. */
  readonly certificateOf: (name: ResourceName) => Certificate | undefined;
  /** Shown to the backend where it asks (`Listener.backendCertificate`); undefined = none. */
  readonly clientCertificate: ResourceName | undefined;
}

/**
 * Options of tls.connect for sessions with a backend (BackendTLSPolicy); make them once. Throws Fault `backend_invalid` where what it is
 * verified with, or the certificate to show, is not there: a session without it would not be what the policy asks for.
 */
export function backendTlsOptions(tls: BackendTls, material: BackendTlsMaterial): ConnectionOptions {
  const { serverName, subjectAltNames } = tls;
  const wanted: readonly SubjectAltName[] = subjectAltNames.length === 0 ? [{ kind: 'dns', value: serverName }] : subjectAltNames;
  return {
    servername: serverName,
    // One context for all connections: making one takes milliseconds.
    secureContext: contextFrom({ minVersion: 'TLSv1.2', ...authoritiesOf(tls, material), ...clientCertificateOf(material) }),
    rejectUnauthorized: true,
    checkServerIdentity: (_host, peer) => checkNames(peer, wanted),
  };
}

/** As `tls.connect` wants the outcome: undefined = one of the wanted names is in the certificate. */
function checkNames(peer: PeerCertificate, wanted: readonly SubjectAltName[]): Error | undefined {
  const found = subjectAltNamesOf(new X509Certificate(peer.raw));
  const isFound = wanted.some(({ kind, value }) =>
    found.some(name => name.kind === kind && matches(kind, { value, name: name.value })),
  );
  if (isFound) return undefined;
  const list = (names: readonly CertificateName[]): string => names.map(({ kind, value }) => `${kind} ${value}`).join(', ');
  return new Error(`the backend's certificate is for ${list(found) || 'no name'}, wanted ${list(wanted)}`);
}

/** DNS names in certificates may have one wildcard label in front (RFC 9525 §6.3), and so may wanted names, which then are equal to it. */
function matches(kind: SubjectAltName['kind'], { value, name }: { readonly value: string; readonly name: string }): boolean {
  if (kind === 'uri' || value === name) return value === name;
  const wanted = value.toLowerCase();
  const held = name.toLowerCase();
  if (wanted === held) return true;
  return oneLabelWildcardCovers(held, wanted) || oneLabelWildcardCovers(wanted, held);
}

function oneLabelWildcardCovers(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return false;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot) === pattern.slice(1) && !name.startsWith('*');
}

/** Without a bundle, Node's own set is used as it is: it is shared by all contexts, where a list would be parsed for each. */
function authoritiesOf(
  { usesSystemAuthorities, trustBundle }: BackendTls,
  { trustBundles }: BackendTlsMaterial,
): SecureContextOptions {
  if (trustBundle === undefined) {
    if (usesSystemAuthorities) return {};
    throw new Fault('backend_invalid', 'there are no authorities to verify the backend with');
  }
  const bundle = trustBundles.get(trustBundle);
  if (bundle === undefined) throw new Fault('backend_invalid', `trust bundle ${trustBundle} is not known`);
  return { ca: [...(usesSystemAuthorities ? getCACertificates('default') : []), bundle.authoritiesPem] };
}

function clientCertificateOf({ clientCertificate, certificateOf }: BackendTlsMaterial): SecureContextOptions {
  if (clientCertificate === undefined) return {};
  const certificate = certificateOf(clientCertificate);
  if (certificate === undefined) throw new Fault('backend_invalid', `certificate ${clientCertificate} is not known`);
  return { cert: certificate.chainPem, key: certificate.keyPem };
}

function contextFrom(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (reason) {
    throw new Fault('backend_invalid', 'TLS with the backend cannot be set up', { cause: reason });
  }
}
