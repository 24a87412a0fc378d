// SPDX-License-Identifier: Apache-2.0
import type { Attachment } from '../../snapshot/index.ts';
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import type { RouteFindings, RouteReferenceReason } from '../condition/findings.ts';
import type { HttpRouteDocument } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { resolveParents } from './resolve-parents.ts';
import type { ParentOutcome } from './resolve-parents.ts';
import { resolveRule } from './resolve-rule.ts';
import type { ResolvedParent, ResolvedRoute, ResolvedRule } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';

/** Resolves an HTTPRoute: which listeners take it, what its rules mean, and what is wrong with it. */
export function resolveRoute(document: HttpRouteDocument, lookup: Lookup): ResolvedRoute {
  const issues: Issue[] = [];
  let reference: Finding<RouteReferenceReason> = holds('ResolvedRefs');
  const context: RouteContext = {
    document,
    lookup,
    report: issue => issues.push({ document, ...issue }),
    failReference: (reason, message) => {
      if (reference.status === 'True') reference = fails(reason, message);
    },
  };
  const outcomes = resolveParents(context);
  const rules = document.spec.rules.map((rule, index) => resolveRule(context, rule, index));
  return {
    document,
    attachments: mergeAttachments(outcomes),
    rules,
    parents: outcomes.map(outcome => concludeParent(outcome, rules, reference)),
    issues,
  };
}

/** Rules that are refused stay attached: they answer with an error what would otherwise fall to somebody else's rule. */
function mergeAttachments(outcomes: readonly ParentOutcome[]): readonly Attachment[] {
  const byListener = new Map<string, Attachment>();
  for (const { attachments } of outcomes) {
    for (const { listener, hostnames, isBound } of attachments) {
      if (isBound) byListener.set(listener, { listener, hostnames });
    }
  }
  return [...byListener.values()].sort((left, right) => (left.listener < right.listener ? -1 : 1));
}

function concludeParent(
  { ref, gateway, accepted, attachments }: ParentOutcome,
  rules: readonly ResolvedRule[],
  reference: Finding<RouteReferenceReason>,
): ResolvedParent {
  const findings = concludeFindings(accepted, rules, reference);
  const listeners = findings.Accepted.status === 'True' ? attachments.map(({ listener }) => listener) : [];
  return { ref, gateway, findings, listeners };
}

function concludeFindings(
  accepted: RouteFindings['Accepted'],
  rules: readonly ResolvedRule[],
  reference: Finding<RouteReferenceReason>,
): RouteFindings {
  const refused = rules.flatMap(({ refusal }) => refusal ?? []);
  const first = refused[0];
  if (accepted.status === 'False' || first === undefined) return { Accepted: accepted, ResolvedRefs: reference };
  if (refused.length === rules.length) return { Accepted: fails(first.reason, first.detail), ResolvedRefs: reference };
  const names = rules.filter(({ refusal }) => refusal !== undefined).map(({ name }) => name);
  // The wording that RouteConditionPartiallyInvalid asks for.
  const message = `Dropped Rule ${names.join(', ')}: answered with 500, since ${first.detail}`;
  return { Accepted: accepted, ResolvedRefs: reference, PartiallyInvalid: holds(first.reason, message) };
}
