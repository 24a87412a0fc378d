// SPDX-License-Identifier: Apache-2.0
import type { GatewaySpec } from '../inventory/document-of.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { grantHint, isGranted } from '../reference/object-reference.ts';
import type { GatewayContext, ReferenceFailure } from './gateway-context.ts';

/** How clients' certificates are checked on one port (GEP-91). */
export interface ResolvedClientValidation {
  readonly mode: 'insecureFallback' | 'require';
  /** Undefined: no reference could be used, so nobody can be verified. */
  readonly authoritiesPem: string | undefined;
  /** The first reference that could not be used. */
  readonly failure: ReferenceFailure | undefined;
}

type FrontendTls = NonNullable<NonNullable<GatewaySpec['tls']>['frontend']>;
type Validation = NonNullable<NonNullable<FrontendTls['default']>['validation']>;
type CaRef = Validation['caCertificateRefs'][number];

/** The validation that holds for a port: its own entry, which replaces the default whole, else the default. */
export function resolveClientValidation(context: GatewayContext, port: number): ResolvedClientValidation | undefined {
  const frontend = context.document.spec.tls?.frontend;
  if (frontend === undefined) return undefined;
  const index = frontend.perPort?.findIndex(entry => entry.port === port) ?? -1;
  const own = frontend.perPort?.[index];
  const validation = own === undefined ? frontend.default.validation : own.tls.validation;
  if (validation === undefined) return undefined;
  const base = own === undefined ? 'spec.tls.frontend.default' : `spec.tls.frontend.perPort[${index}].tls`;
  return resolveValidation(context, validation, `${base}.validation.caCertificateRefs`);
}

function resolveValidation(context: GatewayContext, validation: Validation, path: string): ResolvedClientValidation {
  const bundles: string[] = [];
  let failure: ReferenceFailure | undefined;
  for (const [index, ref] of validation.caCertificateRefs.entries()) {
    const found = resolveCaRef(context, ref);
    if (typeof found === 'string') {
      bundles.push(found);
      continue;
    }
    const refPath = `${path}[${index}]`;
    const message = `${refPath} ${found.message}`;
    failure ??= { ...found, message };
    context.report({ severity: 'error', code: found.code, path: `${refPath}.name`, message, hint: found.hint });
  }
  const isInsecure = validation.mode === 'AllowInsecureFallback' && bundles.length > 0;
  return {
    mode: isInsecure ? 'insecureFallback' : 'require',
    authoritiesPem: bundles.length === 0 ? undefined : bundles.join('\n'),
    failure,
  };
}

/** PEM of the authorities, or why there is none. */
function resolveCaRef(context: GatewayContext, ref: CaRef): ReferenceFailure | string {
  const { document, lookup, credentials } = context;
  const { group, kind, name, namespace = document.namespace } = ref;
  if (group !== '' || (kind !== 'ConfigMap' && kind !== 'Secret')) {
    return {
      reason: 'InvalidCACertificateKind',
      code: 'authority-kind-unsupported',
      message: `names a ${kind} of group "${group}", and authorities are read from ConfigMaps and Secrets only`,
      hint: 'name a ConfigMap with the authorities in `ca.crt`',
    };
  }
  const reference = { from: context.from, to: { group, kind, namespace, name } };
  if (!isGranted(lookup, reference)) {
    return {
      reason: 'RefNotPermitted',
      code: 'reference-not-permitted',
      message: `names ${kind} \`${name}\` in namespace \`${namespace}\`, and no ReferenceGrant there permits it`,
      hint: grantHint(reference),
    };
  }
  const source = lookup.get(kind, namespace, name);
  if (source === undefined) return invalid(describeMissing(lookup, { kind, namespace, name }));
  const parsed = credentials.authoritiesOf(source);
  if (parsed.isValid) return parsed.value;
  return invalid({
    message: `names ${kind} \`${name}\`, whose ${parsed.reason}`,
    hint: 'write the authorities in PEM form into `ca.crt`',
  });
}

function invalid({ message, hint }: { message: string; hint: string }): ReferenceFailure {
  return { reason: 'InvalidCACertificateRef', code: 'authority-invalid', message, hint };
}
