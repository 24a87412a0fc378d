// SPDX-License-Identifier: Apache-2.0
import type { ApiKeyMethod } from '../../snapshot/index.ts';
import { requirementsOf } from '../gateway/namespace-rule.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { resolveIntrospection } from './resolve-introspection.ts';
import type { ResolvedIntrospection } from './resolve-introspection.ts';
import { sourceOf } from './source-of.ts';

type MethodSpec = NonNullable<AccessPolicySpec['authentication']>['methods'][number];
type ApiKeySpec = NonNullable<MethodSpec['apiKey']>;

/** As in the snapshot, with whom it admits instead of the name of that. */
export type ResolvedMethod = ResolvedApiKey | ResolvedIntrospection;
type ResolvedApiKey = Omit<ApiKeyMethod, 'consumers'> & { readonly consumers: ConsumerSelection };

/** Undefined: the schema lets none through that says no method. */
export function resolveMethod(context: AccessContext, spec: MethodSpec, path: string): ResolvedMethod | undefined {
  const { name, apiKey, introspection } = spec;
  if (apiKey !== undefined) return resolveApiKey(context, { ...apiKey, name }, `${path}.apiKey`);
  return introspection && resolveIntrospection(context, { ...introspection, name }, `${path}.introspection`);
}

function resolveApiKey(context: AccessContext, spec: ApiKeySpec & { name: string }, path: string): ResolvedApiKey {
  const { namespace } = context.document;
  const consumers = { namespace, requirements: requirementsOf(spec.consumers ?? {}) };
  reportNobody(context, consumers, path);
  return { kind: 'apiKey', name: spec.name, sources: spec.from.map(sourceOf), consumers, isForwarded: spec.forward };
}

function reportNobody(context: AccessContext, selection: ConsumerSelection, path: string): void {
  const { namespace } = selection;
  if (consumersOf(context.lookup, selection).length > 0) return;
  const what = selection.requirements.length === 0 ? '' : ' with these labels';
  const message = `${path} admits nobody: there is no Consumer${what} in namespace \`${namespace}\``;
  context.report({ severity: 'warning', code: 'access-admits-nobody', path, message, hint: 'add a Consumer' });
}
