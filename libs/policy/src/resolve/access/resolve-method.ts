// SPDX-License-Identifier: Apache-2.0
import type { AuthenticationMethod, CredentialSource } from '../../snapshot/index.ts';
import { requirementsOf } from '../gateway/namespace-rule.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';

type MethodSpec = NonNullable<AccessPolicySpec['authentication']>['methods'][number];
type ApiKeySpec = NonNullable<MethodSpec['apiKey']>;
type BasicSpec = NonNullable<MethodSpec['basic']>;
type CertificateSpec = NonNullable<MethodSpec['clientCertificate']>;

/** As in the snapshot, with whom it admits instead of the name of that. */
export type ResolvedMethod = WithSelection<AuthenticationMethod>;
type WithSelection<Method> = Method extends unknown
  ? Omit<Method, 'consumers'> & { readonly consumers: ConsumerSelection }
  : never;

/** Undefined: the schema lets none through that says no method. */
export function resolveMethod(context: AccessContext, spec: MethodSpec, path: string): ResolvedMethod | undefined {
  const { name, apiKey, basic, clientCertificate } = spec;
  if (apiKey !== undefined) return resolveApiKey(context, { ...apiKey, name }, `${path}.apiKey`);
  if (basic !== undefined) return resolveBasic(context, { ...basic, name }, `${path}.basic`);
  if (clientCertificate === undefined) return undefined;
  return resolveCertificate(context, { ...clientCertificate, name }, `${path}.clientCertificate`);
}

function resolveApiKey(context: AccessContext, spec: ApiKeySpec & { name: string }, path: string): ResolvedMethod {
  const consumers = resolveSelection(context, spec, path);
  return { kind: 'apiKey', name: spec.name, sources: spec.from.map(sourceOf), consumers, isForwarded: spec.forward };
}

function resolveBasic(context: AccessContext, spec: BasicSpec & { name: string }, path: string): ResolvedMethod {
  const { name, realm, forward } = spec;
  return { kind: 'basic', name, realm, consumers: resolveSelection(context, spec, path), isForwarded: forward };
}

function resolveCertificate(context: AccessContext, spec: CertificateSpec & { name: string }, path: string): ResolvedMethod {
  const { name, anyVerified } = spec;
  const consumers = anyVerified ? selectionOf(context, spec) : resolveSelection(context, spec, path);
  return { kind: 'clientCertificate', name, consumers, admitsUnknown: anyVerified };
}

function resolveSelection(context: AccessContext, spec: Pick<ApiKeySpec, 'consumers'>, path: string): ConsumerSelection {
  const selection = selectionOf(context, spec);
  reportNobody(context, selection, path);
  return selection;
}

function selectionOf({ document }: AccessContext, { consumers = {} }: Pick<ApiKeySpec, 'consumers'>): ConsumerSelection {
  return { namespace: document.namespace, requirements: requirementsOf(consumers) };
}

function sourceOf({ header, query, cookie }: ApiKeySpec['from'][number]): CredentialSource {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return query === undefined ? { kind: 'cookie', name: cookie ?? '' } : { kind: 'query', name: query };
}

function reportNobody(context: AccessContext, selection: ConsumerSelection, path: string): void {
  const { namespace } = selection;
  if (consumersOf(context.lookup, selection).length > 0) return;
  const what = selection.requirements.length === 0 ? '' : ' with these labels';
  const message = `${path} admits nobody: there is no Consumer${what} in namespace \`${namespace}\``;
  context.report({ severity: 'warning', code: 'access-admits-nobody', path, message, hint: 'add a Consumer' });
}
