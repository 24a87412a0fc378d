// SPDX-License-Identifier: Apache-2.0
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';
import type { AccessPart, AccessRule, AddressLists, PathMatch } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue, IssueOfDocument } from '../issue.ts';
import { resolveNamespaceRule } from '../gateway/namespace-rule.ts';
import type { NamespaceRule } from '../gateway/namespace-rule.ts';
import { RE2_HINT, resolvePathMatch } from '../route/resolve-matches.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import { policyFindings, targetIssues } from '../policy/resolve-targets.ts';
import type { AccessPolicyDocument, AccessPolicySpec } from './access-policy-document.ts';
import { resolveExternalAuthorization } from './resolve-external-authorization.ts';
import type { ResolvedExternalAuthorization } from './resolve-external-authorization.ts';
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
export interface AccessContext {
  readonly document: AccessPolicyDocument;
  readonly lookup: Lookup;
  report(issue: IssueOfDocument): void;
  /** Something that the policy needs is not to be had: the first decides its words. */
  fail(detail: string): void;
}

export function resolveAccessPolicy(document: AccessPolicyDocument, lookup: Lookup): ResolvedAccessPolicy {
  const issues: Issue[] = [];
  let unresolved: string | undefined;
  const context: AccessContext = {
    document,
    lookup,
    report: issue => issues.push({ document, ...issue }),
    fail: detail => (unresolved ??= detail),
  };
  const { mode, addresses, authentication, authorization, relaxable = [], relax = [] } = document.spec;
  const external = document.spec.externalAuthorization;
  const rules = (authorization?.rules ?? []).map((rule, index) => ({
    action: rule.action,
    resolved: resolveRule(context, rule, `spec.authorization.rules[${index}]`),
  }));
  const methods = authentication?.methods.flatMap(
    (method, index) => resolveMethod(context, method, `spec.authentication.methods[${index}]`) ?? [],
  );
  const externalAuthorization = external && resolveExternalAuthorization(context, external);
  const missing = targetIssues(document, lookup);
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
    findings: policyFindings(document, missing, unresolved),
    issues: [...issues, ...missing],
  };
}

function resolveAddresses({ allow, deny = [] }: NonNullable<AccessPolicySpec['addresses']>): AddressLists {
  return { allow: allow?.map(cidrOf), deny: deny.map(cidrOf) };
}

/** The schema has looked at it. */
function cidrOf(text: string): string {
  return cidrFromText(text) ?? text;
}

type RuleSpec = NonNullable<AccessPolicySpec['authorization']>['rules'][number];

function resolveRule(context: AccessContext, rule: RuleSpec, path: string): AccessRule {
  const { name, methods, headers, consumers, groups, claims, addresses } = rule;
  return {
    name,
    methods,
    paths: rule.paths?.map((match, index) => resolvePath(context, match, `${path}.paths[${index}].value`)),
    headers: headers?.map(header => ({ name: header.name.toLowerCase(), values: header.values })),
    consumers: consumers?.map(consumer => `${context.document.namespace}/${consumer}`),
    groups,
    claims,
    addresses: addresses?.map(cidrOf),
  };
}

function resolvePath(context: AccessContext, match: NonNullable<RuleSpec['paths']>[number], path: string): PathMatch {
  return resolvePathMatch(match, fault => {
    const message = `${path} ${fault}`;
    context.report({ severity: 'error', code: 'access-rule-invalid', path, message, hint: RE2_HINT });
    context.fail(message);
  });
}
