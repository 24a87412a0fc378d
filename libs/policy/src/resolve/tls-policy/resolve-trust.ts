// SPDX-License-Identifier: Apache-2.0
import type { SubjectAltName } from '../../snapshot/index.ts';
import type { CredentialReader } from '../certificate/credential-reader.ts';
import { fails, holds } from '../condition/finding.ts';
import type { TlsPolicyFindings } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { TlsPolicyDocument } from './select-tls-policy.ts';

/** How a backend's certificate is checked. Without authorities every session fails: nothing that is wrong here leads to plaintext. */
export interface BackendTrust {
  /** `namespace/policy`. */
  readonly policy: string;
  readonly serverName: string;
  readonly subjectAltNames: readonly SubjectAltName[];
  readonly usesSystemAuthorities: boolean;
  /** Undefined = none is written, or none can be used. */
  readonly authoritiesPem: string | undefined;
}

export interface ResolvedTrust {
  readonly trust: BackendTrust;
  readonly findings: TlsPolicyFindings;
  readonly issues: readonly Issue[];
}

export interface TrustSources {
  readonly lookup: Lookup;
  readonly credentials: CredentialReader;
}

/** What a policy asks for by itself, whoever it competes with. */
export function resolveTrust(document: TlsPolicyDocument, sources: TrustSources): ResolvedTrust {
  const { validation } = document.spec;
  const refusal = refusalOf(document);
  const authorities = resolveAuthorities(document, sources);
  const isUsable = refusal === undefined;
  return {
    trust: {
      policy: `${document.namespace}/${document.name}`,
      serverName: validation.hostname,
      subjectAltNames: (validation.subjectAltNames ?? []).map(subjectAltName),
      usesSystemAuthorities: isUsable && validation.wellKnownCACertificates === 'System',
      authoritiesPem: isUsable ? authorities.pem : undefined,
    },
    findings: { Accepted: acceptedFinding(refusal, authorities), ResolvedRefs: authorities.references },
    issues: [...(refusal === undefined ? [] : [refusal]), ...authorities.issues],
  };
}

type SubjectAltNameSpec = NonNullable<TlsPolicyDocument['spec']['validation']['subjectAltNames']>[number];

function subjectAltName({ hostname, uri = '' }: SubjectAltNameSpec): SubjectAltName {
  return hostname === undefined ? { kind: 'uri', value: uri } : { kind: 'dns', value: hostname.toLowerCase() };
}

/** What Weir cannot do as written: it could be a restriction, so that the policy lets nothing through instead of too much. */
function refusalOf(document: TlsPolicyDocument): Issue | undefined {
  const { validation, options = {} } = document.spec;
  if (document.unread !== undefined) return unreadIssue(document, document.unread);
  const base = { document, severity: 'error', code: 'tls-policy-unsupported' } as const;
  const [option] = Object.keys(options);
  if (option !== undefined) {
    const path = 'spec.options';
    return {
      ...base,
      path,
      message: `${path} has ${option}, and Weir knows none; calls to its backends fail`,
      hint: `remove ${path}`,
    };
  }
  const wellKnown = validation.wellKnownCACertificates;
  if (wellKnown === undefined || wellKnown === 'System') return undefined;
  const path = 'spec.validation.wellKnownCACertificates';
  return {
    ...base,
    path,
    message: `${path} is ${wellKnown}, and Weir knows System only; calls to its backends fail`,
    hint: 'write System',
  };
}

function unreadIssue(document: TlsPolicyDocument, unread: string): Issue {
  const message = `${unread}; nothing is known of what it said before, and calls to its backends fail`;
  const hint = 'mend the policy, or run a version of Weir that can read it';
  return { document, severity: 'error', code: 'policy-unread', path: 'metadata.name', message, hint };
}

interface Authorities {
  readonly pem: string | undefined;
  readonly references: TlsPolicyFindings['ResolvedRefs'];
  readonly issues: readonly Issue[];
}

function acceptedFinding(refusal: Issue | undefined, { pem, references }: Authorities): TlsPolicyFindings['Accepted'] {
  if (refusal !== undefined) return fails('Invalid', refusal.message);
  const hasNone = pem === undefined && references.status === 'False';
  return hasNone ? fails('NoValidCACertificate', `no authority can be used: ${references.message}`) : holds('Accepted');
}

/** All that can be used, joined; the first that cannot decides ResolvedRefs. */
function resolveAuthorities(document: TlsPolicyDocument, sources: TrustSources): Authorities {
  const bundles: string[] = [];
  const issues: Issue[] = [];
  let references: TlsPolicyFindings['ResolvedRefs'] = holds('ResolvedRefs');
  for (const [index, ref] of (document.spec.validation.caCertificateRefs ?? []).entries()) {
    const found = readAuthority(document.namespace, ref, sources);
    if (typeof found === 'string') {
      bundles.push(found);
      continue;
    }
    const path = `spec.validation.caCertificateRefs[${index}]`;
    const message = `${path} ${found.message}`;
    if (references.status === 'True') references = fails(found.reason, message);
    issues.push({
      document,
      severity: 'error',
      code: 'authority-invalid',
      path: `${path}.${found.field}`,
      message,
      hint: found.hint,
    });
  }
  return { pem: bundles.length === 0 ? undefined : bundles.join('\n'), references, issues };
}

interface AuthorityFailure {
  readonly reason: 'InvalidCACertificateRef' | 'InvalidKind';
  readonly field: 'kind' | 'name';
  readonly message: string;
  readonly hint: string;
}

interface AuthorityRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** PEM of the authorities, or why there is none. References of policies stay in their namespace. */
function readAuthority(
  namespace: string,
  { group, kind, name }: AuthorityRef,
  { lookup, credentials }: TrustSources,
): AuthorityFailure | string {
  if (group !== '' || (kind !== 'ConfigMap' && kind !== 'Secret')) {
    const message = `names a ${kind} of group "${group}", and authorities are read from ConfigMaps and Secrets only`;
    return { reason: 'InvalidKind', field: 'kind', message, hint: 'name a ConfigMap with the authorities in `ca.crt`' };
  }
  const source = lookup.get(kind, namespace, name);
  const base = { reason: 'InvalidCACertificateRef', field: 'name' } as const;
  if (source === undefined) return { ...base, ...describeMissing(lookup, { kind, namespace, name }) };
  const parsed = credentials.authoritiesOf(source);
  if (parsed.isValid) return parsed.value;
  const message = `names ${kind} \`${name}\`, whose ${parsed.reason}`;
  return { ...base, message, hint: 'write the authorities in PEM form into `ca.crt`' };
}
