// SPDX-License-Identifier: Apache-2.0
import type { Attachment } from '../../snapshot/index.ts';
import { fails, holds } from '../condition/finding.ts';
import type { RouteFindings } from '../condition/findings.ts';
import type { Issue } from '../issue.ts';
import { effectivePolicies } from './effective-policies.ts';
import type { ParentAttachment, ParentOutcome } from './resolve-parents.ts';
import type { RouteDraft } from './resolve-route.ts';
import type { ResolvedParent, ResolvedRoute, RuleRefusal } from './resolved-route.ts';

/** Which route keeps another one from a listener: its `Kind namespace/name`, by the listener's name. */
export type RouteRivals = ReadonlyMap<string, string>;

/** Decides what becomes of a route, given which routes stand in its way. */
export function concludeRoute(draft: RouteDraft, rivals: RouteRivals): ResolvedRoute {
  const outcomes = rivals.size === 0 ? draft.outcomes : draft.outcomes.map(outcome => withoutContested(outcome, rivals));
  const issues = rivals.size === 0 ? draft.issues : [...draft.issues, ...rivalIssues(draft, rivals)];
  const parents = outcomes.map(outcome => concludeParent(outcome, draft));
  return { ...draft.body, attachments: mergeAttachments(outcomes), parents, issues };
}

/** GRPCRouteSpec.hostnames: of an HTTPRoute and a GRPCRoute for the same hosts of a listener exactly one is accepted there. */
function withoutContested(outcome: ParentOutcome, rivals: RouteRivals): ParentOutcome {
  const attachments = outcome.attachments.filter(({ listener }) => !rivals.has(listener));
  const lost = outcome.attachments.find(({ listener }) => rivals.has(listener));
  if (lost === undefined || attachments.length > 0) return { ...outcome, attachments };
  return { ...outcome, attachments, accepted: fails('HostnameConflict', rivalMessage(lost, rivals)) };
}

function rivalMessage({ listener, hostnames }: ParentAttachment, rivals: RouteRivals): string {
  const hosts = hostnames.includes('*') ? 'its hosts' : hostnames.join(', ');
  return `listener ${listener} has ${rivals.get(listener) ?? 'another route'} for ${hosts}, and HTTPRoutes and GRPCRoutes cannot share hosts`;
}

function rivalIssues({ body: { document }, outcomes }: RouteDraft, rivals: RouteRivals): readonly Issue[] {
  return outcomes.flatMap(({ attachments }, index) =>
    attachments
      .filter(({ listener }) => rivals.has(listener))
      .map(attachment => ({
        document,
        severity: 'error' as const,
        code: 'route-hosts-taken',
        path: `spec.parentRefs[${index}]`,
        message: rivalMessage(attachment, rivals),
        hint: 'give the two different hostnames, or listeners of their own',
      })),
  );
}

/** Rules that are refused stay attached: they answer with an error what would otherwise fall to somebody else's rule. */
function mergeAttachments(outcomes: readonly ParentOutcome[]): readonly Attachment[] {
  const byListener = new Map<string, Attachment>();
  for (const { attachments } of outcomes) {
    for (const { listener, hostnames, isBound, parent } of attachments) {
      const side = parent === undefined ? {} : { meshSide: 'caller' as const };
      if (isBound) byListener.set(listener, { listener, hostnames, access: undefined, traffic: undefined, ...side });
    }
  }
  return [...byListener.values()].sort((left, right) => (left.listener < right.listener ? -1 : 1));
}

function concludeParent({ ref, gateway, accepted, attachments }: ParentOutcome, draft: RouteDraft): ResolvedParent {
  const policies = effectivePolicies(
    draft.body.rules,
    attachments.map(({ listener }) => listener),
  );
  const findings = {
    ...concludeFindings(accepted, draft),
    ...(policies === undefined ? {} : { 'weir.dev/EffectivePolicies': policies }),
  };
  const listeners = findings.Accepted.status === 'True' ? attachments.map(({ listener }) => listener) : [];
  return { ref, gateway, findings, listeners };
}

function concludeFindings(accepted: RouteFindings['Accepted'], { body, reference }: RouteDraft): RouteFindings {
  const refused = refusalsOf(body);
  const [first] = refused;
  if (accepted.status === 'False' || first === undefined) return { Accepted: accepted, ResolvedRefs: reference };
  const { reason, detail } = first.refusal;
  if (refused.length === body.rules.length) return { Accepted: fails(reason, detail), ResolvedRefs: reference };
  // The wording that RouteConditionPartiallyInvalid asks for.
  const message = `Dropped Rule ${refused.map(({ name }) => name).join(', ')}: answered with 500, since ${detail}`;
  return { Accepted: accepted, ResolvedRefs: reference, PartiallyInvalid: holds(reason, message) };
}

function refusalsOf(body: RouteDraft['body']): readonly { readonly name: string; readonly refusal: RuleRefusal }[] {
  if (body.flow === 'streams') return [];
  return body.rules.flatMap(({ name, refusal }) => (refusal === undefined ? [] : [{ name, refusal }]));
}
