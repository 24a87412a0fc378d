// SPDX-License-Identifier: Apache-2.0
import type { KeyPair } from '../certificate/parse-key-pair.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import { grantHint, isGranted } from '../reference/object-reference.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ListenerContext, ReferenceFailure } from './gateway-context.ts';

/** A certificate that a listener may serve. */
export interface ResolvedCertificate {
  /** `namespace/secret`. */
  readonly key: string;
  readonly secret: DocumentOf<'Secret'>;
  readonly pair: KeyPair;
}

interface CertificateRef {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Each reference that can be used, in the order written, and the first failure among the others. */
export function resolveCertificateRefs(
  context: ListenerContext,
  refs: readonly CertificateRef[],
  path: string,
): { certificates: readonly ResolvedCertificate[]; failure: ReferenceFailure | undefined } {
  const certificates: ResolvedCertificate[] = [];
  let failure: ReferenceFailure | undefined;
  for (const [index, ref] of refs.entries()) {
    const found = resolveCertificateRef(context, ref, `${path}[${index}]`);
    if ('pair' in found) certificates.push(found);
    else failure ??= found;
  }
  return { certificates, failure };
}

/** The certificate that is meant, or why there is none, which is reported at `path`. */
export function resolveCertificateRef(
  context: ListenerContext,
  ref: CertificateRef,
  path: string,
): ResolvedCertificate | ReferenceFailure {
  const found = followCertificateRef(context, ref);
  if ('pair' in found) return found;
  const message = `${path} ${found.message}`;
  context.report({ severity: 'error', code: found.code, path: `${path}.name`, message, hint: found.hint });
  return { ...found, message };
}

function followCertificateRef(context: ListenerContext, ref: CertificateRef): ResolvedCertificate | ReferenceFailure {
  const { document, lookup } = context;
  const { group = '', kind = 'Secret', name, namespace = document.namespace } = ref;
  if (group !== '' || kind !== 'Secret') {
    return invalid(
      `names a ${kind} of group "${group}", and certificates are read from Secrets only`,
      'name a Secret of type kubernetes.io/tls',
    );
  }
  const reference = { from: context.from, to: { group, kind, namespace, name } };
  if (!isGranted(lookup, reference)) {
    return {
      reason: 'RefNotPermitted',
      code: 'reference-not-permitted',
      message: `names Secret \`${name}\` in namespace \`${namespace}\`, and no ReferenceGrant there permits it`,
      hint: grantHint(reference),
    };
  }
  const secret = lookup.get('Secret', namespace, name);
  if (secret === undefined) {
    const { message, hint } = describeMissing(lookup, { kind, namespace, name });
    return invalid(message, hint);
  }
  const parsed = context.credentials.keyPairOf(secret);
  if (parsed.isValid) return { key: `${namespace}/${name}`, secret, pair: parsed.value };
  return invalid(
    `names Secret \`${name}\`, whose ${parsed.reason}`,
    'write the certificate chain, leaf first, into `tls.crt` and its private key into `tls.key`',
  );
}

function invalid(message: string, hint: string): ReferenceFailure {
  return { reason: 'InvalidCertificateRef', code: 'certificate-invalid', message, hint };
}
