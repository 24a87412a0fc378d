// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { policyFindings, targetIssues } from '../policy/resolve-targets.ts';
import { misplacedIssues } from './misplaced-fields.ts';
import { unenforceableIssues } from './unenforceable-fields.ts';
import { conflictIssues } from './conflicts.ts';
import { resolveConcurrencyLimit } from './resolve-concurrency-limit.ts';
import type { ResolvedConcurrencyLimit } from './resolve-concurrency-limit.ts';
import { resolveFault } from './resolve-fault.ts';
import type { ResolvedFault } from './resolve-fault.ts';
import { resolveRateLimit } from './resolve-rate-limit.ts';
import type { ResolvedRateLimit } from './resolve-rate-limit.ts';
import { resolveRateLimitStore } from './resolve-rate-limit-store.ts';
import type { StoreContext } from './resolve-rate-limit-store.ts';

export type TrafficPolicyDocument = DocumentOf<'TrafficPolicy'>;

/** A TrafficPolicy with everything that was found out about it; what it is merged with is known only to the places it holds at. */
export interface ResolvedTrafficPolicy {
  readonly document: TrafficPolicyDocument;
  readonly isOverride: boolean;
  readonly rateLimits: readonly ResolvedRateLimit[];
  readonly concurrencyLimits: readonly ResolvedConcurrencyLimit[];
  readonly faults: readonly ResolvedFault[];
  /** Why it cannot be done as written: what it limits is refused. */
  readonly unresolved: string | undefined;
  readonly findings: PolicyFindings;
  readonly issues: readonly Issue[];
}

export function resolveTrafficPolicy(document: TrafficPolicyDocument, lookup: Lookup): ResolvedTrafficPolicy {
  const issues: Issue[] = [];
  let unresolved: string | undefined;
  const context: StoreContext = {
    lookup,
    namespace: document.namespace,
    report: issue => issues.push({ document, ...issue }),
    fail: detail => (unresolved ??= detail),
  };
  const parts = resolveParts(document, context);
  const missing = targetIssues(document, lookup);
  const conflicts = conflictIssues(document, lookup);
  const misplaced = misplacedIssues(document);
  const unenforceable = unenforceableIssues(document, lookup);
  return {
    document,
    isOverride: document.spec.precedence === 'Override',
    ...parts,
    unresolved,
    findings: {
      ...withIdle(policyFindings(document, missing, unresolved), misplaced, unenforceable),
      ...(conflicts.length === 0 ? {} : { Conflicted: holds('Conflicted', conflicts.map(({ message }) => message).join('; ')) }),
    },
    issues: [...issues, ...missing, ...misplaced, ...unenforceable, ...conflicts],
  };
}

/** What has conditions of its own: all of it holds where the policy does. */
type Parts = Pick<ResolvedTrafficPolicy, 'concurrencyLimits' | 'faults' | 'rateLimits'>;

function resolveParts({ spec }: TrafficPolicyDocument, context: StoreContext): Parts {
  const { rateLimits = [], rateLimitStore, concurrencyLimits = [], faults = [] } = spec;
  const store = rateLimitStore && resolveRateLimitStore(context, rateLimitStore.redis);
  return {
    rateLimits: rateLimits.map((limit, index) => resolveRateLimit({ ...context, store }, limit, `spec.rateLimits[${index}]`)),
    concurrencyLimits: concurrencyLimits.map((limit, index) =>
      resolveConcurrencyLimit(context, limit, `spec.concurrencyLimits[${index}]`),
    ),
    faults: faults.map((fault, index) => resolveFault(context, fault, `spec.faults[${index}]`)),
  };
}

/** A target that is not there says more than fields that are of no use there. */
function withIdle(findings: PolicyFindings, misplaced: readonly Issue[], unenforceable: readonly Issue[]): PolicyFindings {
  const idle = [...misplaced, ...unenforceable];
  if (idle.length === 0 || findings.Accepted.status !== 'True') return findings;
  const reason = unenforceable.length === 0 ? 'Invalid' : 'NotEnforceable';
  return { ...findings, Accepted: fails(reason, idle.map(({ message }) => message).join('; ')) };
}
