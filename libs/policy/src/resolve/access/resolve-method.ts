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

/** As in the snapshot, with whom it admits instead of the name of that. */
export type ResolvedMethod = ResolvedIntrospection | WithSelection<Exclude<AuthenticationMethod, IntrospectionMethod>>;
type WithSelection<Method> = Method extends AuthenticationMethod
  ? Omit<Method, 'consumers'> & { readonly consumers: ConsumerSelection }
  : never;

/** Undefined: the schema lets none through that says no method. */
export function resolveMethod(context: AccessContext, spec: MethodSpec, path: string): ResolvedMethod | undefined {
  const { name, apiKey, introspection, jwt } = spec;
  if (apiKey !== undefined) return resolveApiKey(context, { ...apiKey, name }, `${path}.apiKey`);
  if (introspection !== undefined) return resolveIntrospection(context, { ...introspection, name }, `${path}.introspection`);
  return jwt && resolveJwt(context, { ...jwt, name }, `${path}.jwt`);
}

function resolveApiKey(context: AccessContext, spec: ApiKeySpec & { name: string }, path: string): ResolvedMethod {
  const { namespace } = context.document;
  const consumers = { namespace, requirements: requirementsOf(spec.consumers ?? {}) };
  reportNobody(context, { selection: consumers, path });
  return { kind: 'apiKey', name: spec.name, sources: spec.from.map(sourceOf), consumers, isForwarded: spec.forward };
}

function sourceOf({ header, query, cookie }: ApiKeySpec['from'][number]): CredentialSource {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return query === undefined ? { kind: 'cookie', name: cookie ?? '' } : { kind: 'query', name: query };
}
