// SPDX-License-Identifier: Apache-2.0
import type { AuthenticationMethod, CredentialSource, IntrospectionMethod } from '../../snapshot/index.ts';
import { requirementsOf } from '../gateway/namespace-rule.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { reportNobody } from './report-nobody.ts';
import { resolveIntrospection } from './resolve-introspection.ts';
import type { ResolvedIntrospection } from './resolve-introspection.ts';
import { resolveJwt } from './resolve-jwt.ts';

export type MethodSpec = NonNullable<AccessPolicySpec['authentication']>['methods'][number];
type ApiKeySpec = NonNullable<MethodSpec['apiKey']>;
type BasicSpec = NonNullable<MethodSpec['basic']>;
type CertificateSpec = NonNullable<MethodSpec['clientCertificate']>;

/** As in the snapshot, with whom it admits instead of the name of that. */
export type ResolvedMethod = ResolvedIntrospection | WithSelection<Exclude<AuthenticationMethod, IntrospectionMethod>>;
type WithSelection<Method> = Method extends AuthenticationMethod
  ? Omit<Method, 'consumers'> & { readonly consumers: ConsumerSelection }
  : never;

/** Undefined: the schema lets none through that says no method. */
export function resolveMethod(context: AccessContext, spec: MethodSpec, path: string): ResolvedMethod | undefined {
  const { name, apiKey, basic, clientCertificate, introspection, jwt } = spec;
  if (apiKey !== undefined) return resolveApiKey(context, { ...apiKey, name }, `${path}.apiKey`);
  if (basic !== undefined) return resolveBasic(context, { ...basic, name }, `${path}.basic`);
  if (clientCertificate !== undefined) {
    return resolveCertificate(context, { ...clientCertificate, name }, `${path}.clientCertificate`);
  }
  if (introspection !== undefined) return resolveIntrospection(context, { ...introspection, name }, `${path}.introspection`);
  return jwt && resolveJwt(context, { ...jwt, name }, `${path}.jwt`);
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
  reportNobody(context, { selection, path });
  return selection;
}

function selectionOf({ document }: AccessContext, { consumers = {} }: Pick<ApiKeySpec, 'consumers'>): ConsumerSelection {
  return { namespace: document.namespace, requirements: requirementsOf(consumers) };
}

function sourceOf({ header, query, cookie }: ApiKeySpec['from'][number]): CredentialSource {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return query === undefined ? { kind: 'cookie', name: cookie ?? '' } : { kind: 'query', name: query };
}
