// SPDX-License-Identifier: Apache-2.0
import type { AccessPart } from '../../snapshot/index.ts';
import { admitsNamespace } from '../gateway/namespace-rule.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { ResolvedAccessPolicy } from './resolve-access-policy.ts';

/** A policy that wants a part of a wider one switched off. */
export interface Relaxation {
  /** `namespace/name` of the one that wants it. */
  readonly by: string;
  readonly part: AccessPart;
  /** `namespace/name` of the one that asks for the part. */
  readonly of: string;
  /** `notRelaxable`: that one lets nobody; `otherNamespaces`: only policies of other namespaces. */
  readonly answer: 'allowed' | 'notRelaxable' | 'otherNamespaces';
}

/** A policy where it is attached. */
export interface PlacedPolicy {
  readonly policy: string;
  /** 0 = the widest scope. */
  readonly rank: number;
  /** Undefined = it is not known. */
  readonly resolved: ResolvedAccessPolicy | undefined;
}

/** What narrower policies want of a wider one: only a strictly narrower policy that acts can relax, and nothing of itself. */
export function relaxationsOf(wide: PlacedPolicy, all: readonly PlacedPolicy[], lookup: Lookup): readonly Relaxation[] {
  const { policy, resolved } = wide;
  if (resolved === undefined) return [];
  return all.flatMap(narrow => {
    if (narrow.rank <= wide.rank || narrow.policy === policy || narrow.resolved?.isShadow !== false) return [];
    const { namespace } = narrow.resolved.document;
    const parts = [...narrow.resolved.relax].filter(part => asksFor(resolved, part));
    return parts.map(part => ({ by: narrow.policy, part, of: policy, answer: answerOf(resolved, part, { lookup, namespace }) }));
  });
}

function asksFor({ addresses, authentication, ...policy }: ResolvedAccessPolicy, part: AccessPart): boolean {
  switch (part) {
    case 'addresses':
      return addresses !== undefined;
    case 'authentication':
      return authentication !== undefined;
    case 'authorization':
      return policy.hasDefaultDeny || policy.denyRules.length + policy.allowRules.length > 0;
    case 'externalAuthorization':
      return policy.externalAuthorization !== undefined;
  }
}

function answerOf(
  { relaxable, document }: ResolvedAccessPolicy,
  part: AccessPart,
  asked: { readonly lookup: Lookup; readonly namespace: string },
): Relaxation['answer'] {
  const rule = relaxable.get(part);
  if (rule === undefined) return 'notRelaxable';
  return admitsNamespace(rule, { ...asked, gatewayNamespace: document.namespace }) ? 'allowed' : 'otherNamespaces';
}
