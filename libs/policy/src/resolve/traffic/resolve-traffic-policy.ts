// SPDX-License-Identifier: Apache-2.0
import type { PolicyFindings } from '../condition/findings.ts';
import { resolveConditions } from '../access/resolve-conditions.ts';
import type { ConditionsContext } from '../access/resolve-conditions.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { policyFindings, targetIssues } from '../policy/resolve-targets.ts';
import { conflictIssues } from './conflicts.ts';
import { resolveRateLimit } from './resolve-rate-limit.ts';
import type { ResolvedRateLimit } from './resolve-rate-limit.ts';

export type TrafficPolicyDocument = DocumentOf<'TrafficPolicy'>;

/** A TrafficPolicy with everything that was found out about it; what it is merged with is known only to the places it holds at. */
export interface ResolvedTrafficPolicy {
  readonly document: TrafficPolicyDocument;
  readonly isOverride: boolean;
  readonly rateLimits: readonly ResolvedRateLimit[];
  /** Why it cannot be done as written: what it limits is refused. */
  readonly unresolved: string | undefined;
  readonly findings: PolicyFindings;
  readonly issues: readonly Issue[];
}

export function resolveTrafficPolicy(document: TrafficPolicyDocument, lookup: Lookup): ResolvedTrafficPolicy {
  const issues: Issue[] = [];
  let unresolved: string | undefined;
  const context: ConditionsContext = {
    namespace: document.namespace,
    report: issue => issues.push({ document, ...issue }),
    fail: detail => (unresolved ??= detail),
  };
  const rateLimits = (document.spec.rateLimits ?? []).map((limit, index) => {
    const path = `spec.rateLimits[${index}].when`;
    return resolveRateLimit(limit, limit.when && resolveConditions(context, limit.when, path));
  });
  const missing = targetIssues(document, lookup);
  return {
    document,
    isOverride: document.spec.precedence === 'Override',
    rateLimits,
    unresolved,
    findings: policyFindings(document, missing, unresolved),
    issues: [...issues, ...missing, ...conflictIssues(document, lookup)],
  };
}
