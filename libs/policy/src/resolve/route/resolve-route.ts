// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import type { RouteReferenceReason } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import type { CallerListener } from '../mesh/mesh-names.ts';
import { resolveGrpcRetry } from './grpc-retry.ts';
import { resolveGrpcRule } from './resolve-grpc-rule.ts';
import type { ScopePlace } from '../policy/policy-chain.ts';
import { resolveParents } from './resolve-parents.ts';
import type { ParentOutcome } from './resolve-parents.ts';
import { resolveRule } from './resolve-rule.ts';
import { resolveStreamRule } from './resolve-stream-rule.ts';
import type { ResolvedRequestRoute, ResolvedStreamRoute } from './resolved-route.ts';
import type { RequestRouteDocument, RouteDocument } from './route-document.ts';
import type { RouteContext } from './route-context.ts';

/** The rules of a route, with the document that they are of. */
export type RouteBody =
  Pick<ResolvedRequestRoute, 'document' | 'flow' | 'rules'> | Pick<ResolvedStreamRoute, 'document' | 'flow' | 'rules'>;

/** A route as far as its own document and what that refers to decide; see concludeRoute for what other routes leave to it. */
export interface RouteDraft {
  readonly body: RouteBody;
  readonly outcomes: readonly ParentOutcome[];
  readonly reference: Finding<RouteReferenceReason>;
  readonly issues: readonly Issue[];
}

/** Resolves a route of any kind: which listeners take it, what its rules mean, and what is wrong with it. */
export function resolveRoute(document: RouteDocument, lookup: Lookup): RouteDraft {
  const issues: Issue[] = [];
  let reference: Finding<RouteReferenceReason> = holds('ResolvedRefs');
  const placesByListener = new Map<string, readonly ScopePlace[]>();
  const meshParents = new Map<string, CallerListener>();
  const context: RouteContext = {
    document,
    lookup,
    placesByListener,
    meshParents,
    report: issue => issues.push({ document, ...issue }),
    failReference: (reason, message) => {
      if (reference.status === 'True') reference = fails(reason, message);
    },
  };
  const outcomes = resolveParents(context);
  for (const { attachments } of outcomes) {
    for (const { listener, places, parent } of attachments) {
      if (parent === undefined) placesByListener.set(listener, places);
      else meshParents.set(listener, parent);
    }
  }
  const body = resolveBody(context, document);
  return { body, outcomes, reference, issues };
}

function resolveBody(context: RouteContext, document: RouteDocument): RouteBody {
  switch (document.kind) {
    case 'HTTPRoute':
      return bodyOfRequests(
        document,
        document.spec.rules.map((rule, index) => resolveRule(context, rule, index)),
      );
    case 'GRPCRoute': {
      const retry = resolveGrpcRetry(document.annotations);
      return bodyOfRequests(
        document,
        document.spec.rules.map((rule, index) => resolveGrpcRule(context, rule, { index, retry })),
      );
    }
    case 'TLSRoute':
    case 'TCPRoute':
    case 'UDPRoute':
      return {
        flow: 'streams',
        document,
        rules: document.spec.rules.map((rule, index) => resolveStreamRule(context, rule, index)),
      };
  }
}

function bodyOfRequests(document: RequestRouteDocument, rules: ResolvedRequestRoute['rules']): RouteBody {
  return { flow: 'requests', document, rules };
}
