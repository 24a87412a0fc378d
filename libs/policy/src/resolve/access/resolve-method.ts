// SPDX-License-Identifier: Apache-2.0
import type { ApiKeyMethod, CredentialSource } from '../../snapshot/index.ts';
import { requirementsOf } from '../gateway/namespace-rule.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import { consumersOf } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';

type MethodSpec = NonNullable<AccessPolicySpec['authentication']>['methods'][number];
type ApiKeySpec = NonNullable<MethodSpec['apiKey']>;

/** As in the snapshot, with whom it admits instead of the name of that. */
export type ResolvedMethod = Omit<ApiKeyMethod, 'consumers'> & { readonly consumers: ConsumerSelection };

/** Undefined: the schema lets none through that says no method. */
export function resolveMethod(context: AccessContext, spec: MethodSpec, path: string): ResolvedMethod | undefined {
  return spec.apiKey && resolveApiKey(context, { ...spec.apiKey, name: spec.name }, `${path}.apiKey`);
}

function resolveApiKey(context: AccessContext, spec: ApiKeySpec & { name: string }, path: string): ResolvedMethod {
  const { namespace } = context.document;
  const consumers = { namespace, requirements: requirementsOf(spec.consumers ?? {}) };
  reportNobody(context, consumers, path);
  return { kind: 'apiKey', name: spec.name, sources: spec.from.map(sourceOf), consumers, isForwarded: spec.forward };
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
