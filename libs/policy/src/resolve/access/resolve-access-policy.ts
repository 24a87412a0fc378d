// SPDX-License-Identifier: Apache-2.0
import type { AccessPart, AccessRule, AddressLists } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { resolveNamespaceRule } from '../gateway/namespace-rule.ts';
import type { NamespaceRule } from '../gateway/namespace-rule.ts';
import { cidrOf, resolveConditions } from './resolve-conditions.ts';
import type { ConditionsContext } from './resolve-conditions.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import { policyFindings, targetIssues } from '../policy/resolve-targets.ts';
import type { AccessPolicyDocument, AccessPolicySpec } from './access-policy-document.ts';
import { resolveExternalAuthorization } from './resolve-external-authorization.ts';
import type { ResolvedExternalAuthorization } from './resolve-external-authorization.ts';
import { misplacedModeIssues, withMisplaced } from './misplaced-mode.ts';
import { unreadIssues, withUnread } from './unread-policy.ts';
import { resolveMethod } from './resolve-method.ts';
import type { ResolvedMethod } from './resolve-method.ts';

/** An AccessPolicy with everything that was found out about it; what it is merged with is known only to the places it holds at. */
export interface ResolvedAccessPolicy {
  readonly document: AccessPolicyDocument;
  readonly isShadow: boolean;
  /** Why it cannot be evaluated as written: what it guards is refused. */
  readonly unresolved: string | undefined;
  readonly addresses: AddressLists | undefined;
  readonly authentication: { readonly methods: readonly ResolvedMethod[]; readonly admitsAnonymous: boolean } | undefined;
  readonly hasDefaultDeny: boolean;
  readonly denyRules: readonly AccessRule[];
  readonly allowRules: readonly AccessRule[];
  readonly externalAuthorization: ResolvedExternalAuthorization | undefined;
  /** Who may switch which of its parts off. */
  readonly relaxable: ReadonlyMap<AccessPart, NamespaceRule>;
  /** Which parts of wider policies it wants switched off. */
  readonly relax: ReadonlySet<AccessPart>;
  readonly findings: PolicyFindings;
  readonly issues: readonly Issue[];
}

/** What resolving one policy shares between its parts. */
export interface AccessContext extends ConditionsContext {
  readonly document: AccessPolicyDocument;
  readonly lookup: Lookup;
}

export function resolveAccessPolicy(document: AccessPolicyDocument, lookup: Lookup): ResolvedAccessPolicy {
  const issues: Issue[] = [];
  let unresolved = document.unread;
  const context: AccessContext = {
    document,
    namespace: document.namespace,
    lookup,
    report: issue => issues.push({ document, ...issue }),
    fail: detail => (unresolved ??= detail),
  };
  const { mode, addresses, authentication, authorization, relaxable = [], relax = [] } = document.spec;
  const external = document.spec.externalAuthorization;
  const rules = (authorization?.rules ?? []).map((rule, index) => ({
    action: rule.action,
    resolved: { name: rule.name, ...resolveConditions(context, rule, `spec.authorization.rules[${index}]`) },
  }));
  const methods = authentication?.methods.flatMap(
    (method, index) => resolveMethod(context, method, `spec.authentication.methods[${index}]`) ?? [],
  );
  const externalAuthorization = external && resolveExternalAuthorization(context, external);
  const missing = targetIssues(document, lookup);
  const misplaced = misplacedModeIssues(document);
  return {
    document,
    isShadow: mode === 'Shadow',
    addresses: addresses && resolveAddresses(addresses),
    authentication: authentication && { methods: methods ?? [], admitsAnonymous: authentication.anonymous },
    hasDefaultDeny: authorization?.defaultAction === 'Deny',
    denyRules: rules.filter(({ action }) => action === 'Deny').map(({ resolved }) => resolved),
    allowRules: rules.filter(({ action }) => action === 'Allow').map(({ resolved }) => resolved),
    externalAuthorization,
    relaxable: new Map(relaxable.map(({ part, namespaces }) => [part, resolveNamespaceRule(namespaces)])),
    relax: new Set(relax),
    unresolved,
    findings: withUnread(withMisplaced(policyFindings(document, missing, unresolved), misplaced), document),
    issues: [...issues, ...missing, ...misplaced, ...unreadIssues(document)],
  };
}

function resolveAddresses({ allow, deny = [] }: NonNullable<AccessPolicySpec['addresses']>): AddressLists {
  return { allow: allow?.map(cidrOf), deny: deny.map(cidrOf) };
}
