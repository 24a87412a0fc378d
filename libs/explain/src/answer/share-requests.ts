// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { accessSpecs, trafficSpecs } from '@weir/filters';
import type { Backend, Listener, RouteRule, Snapshot, WeightedBackend } from '@weir/policy/snapshot';
import type { Answer, BackendShare, ExplainedBackendTls } from '../explanation.ts';
import { describeFilters } from '../text/describe-filter.ts';
import { explainedPolicies } from './access-policies.ts';
import { backendCalls } from './backend-calls.ts';
import { backendTlsProblem } from './backend-tls.ts';
import { backendOf, shareOfBackend, totalWeightOf } from './explained-share.ts';
import { explainedCalls } from './explained-calls.ts';
import { explainedSession } from './explained-session.ts';
import { explainedSplit } from './explained-split.ts';
import { explainedLimits } from './traffic-policies.ts';
import { exchangeOf, refused, runFilters } from './run-filters.ts';
import type { Passage } from './run-filters.ts';

/** What becomes of a rule's requests: one share for each backend, and what is said of the whole. */
export interface RuleAnswer {
  readonly shares: readonly BackendShare[];
  readonly answer: Answer;
}

/** Where rules find what they refer to, and what depends on the listener that a request came by. */
export interface RuleScope {
  readonly snapshot: Snapshot;
  readonly listener: Listener;
}

const NO_POLICIES = { access: undefined, traffic: undefined, meshSide: undefined };

/** Follows a request through a rule's action. A rule that forwards any share counts as forwarding. */
export function answerOfRule(scope: RuleScope, { action, attachments, ...rule }: RouteRule, passage: Passage): RuleAnswer {
  // Nobody waits here.
  const limited = { route: `${rule.routeKind}/${rule.route}`, requestTimeoutMs: () => 0 };
  const { access, traffic, meshSide } = attachments.find(({ listener }) => listener === scope.listener.name) ?? NO_POLICIES;
  const totalWeight = totalWeightOf(action.backends);
  const refusal = action.refusal && refused(new Fault(action.refusal.code, action.refusal.detail));
  const shares = action.backends.map((written, index): BackendShare => {
    const weighted = asCalled(written, meshSide);
    const behind = traffic?.backends[index];
    const backend = backendOf(scope.snapshot, { backend: behind?.backend ?? weighted.backend });
    const asked = [
      ...accessSpecs([access, weighted.access], [...action.filters, ...weighted.filters]),
      ...trafficSpecs([traffic?.limits, behind?.limits], limited),
    ];
    const passed = runFilters(passage, [...asked, ...action.filters], weighted.filters);
    return {
      ...shareOfBackend(weighted, backend, totalWeight),
      tls: backend && explainedTls(backend),
      filters: describeFilters(weighted.filters),
      policies: [...explainedPolicies(scope.snapshot, [weighted.access]), ...explainedLimits(scope.snapshot, behind?.limits)],
      calls: [
        ...explainedCalls(scope.snapshot, action, behind?.calls),
        ...explainedSession(action, backend),
        ...explainedSplit(backend, exchangeOf(passage)),
        ...backendCalls(backend),
      ],
      answer: refusal ?? (passed.kind === 'forwarded' ? refusalOfBackend(scope, weighted, backend) : undefined) ?? passed,
    };
  });
  return {
    shares,
    answer:
      refusal ??
      answerOfShares(shares, () =>
        runFilters(passage, [
          ...accessSpecs([access], action.filters),
          ...trafficSpecs([traffic?.limits], limited),
          ...action.filters,
        ]),
      ),
  };
}

/** In the mesh, who is called asks who may call. */
function asCalled(weighted: WeightedBackend, side: 'caller' | 'receiver' | undefined): WeightedBackend {
  return side === 'caller' ? { ...weighted, access: undefined } : weighted;
}

function answerOfShares(shares: readonly BackendShare[], runWithoutBackend: () => Answer): Answer {
  const used = shares.filter(({ weight }) => weight > 0).map(({ answer }) => answer);
  const best = used.find(({ kind }) => kind === 'forwarded') ?? used[0];
  if (best !== undefined) return best;
  const answer = runWithoutBackend();
  return answer.kind === 'forwarded' ? refused(new Fault('backend_invalid', 'the rule has no backend')) : answer;
}

/**
 * Why a backend cannot take requests, if so. Asked only where filters let a request through: a redirect needs no backend, and a broken
 * one is only noticed behind them. TLS begins with an endpoint, and so comes last.
 */
function refusalOfBackend(
  { snapshot, listener }: RuleScope,
  weighted: WeightedBackend,
  backend: Backend | undefined,
): Answer | undefined {
  if (backend === undefined) return refused(new Fault('backend_invalid', `backend ${weighted.label} cannot be used`));
  if (backend.endpoints.length === 0) return refused(new Fault('no_endpoints', `${backend.label} has no ready endpoints`));
  const problem = backendTlsProblem(snapshot, backend, listener);
  return problem === undefined ? undefined : refused(new Fault('backend_invalid', `no TLS with ${backend.label}: ${problem}`));
}

function explainedTls({ tls, protocol }: Backend): ExplainedBackendTls | undefined {
  return tls && { serverName: tls.serverName, protocol };
}
