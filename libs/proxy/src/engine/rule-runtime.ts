// SPDX-License-Identifier: Apache-2.0
import { Fault, stack, Ways } from '@weir/base';
import type { Clock, Dispatch, Filter, Layer, Random } from '@weir/base';
import { accessSpecs, compileFilters } from '@weir/filters';
import type { FilterContext } from '@weir/filters';
import type { ResourceName, RouteRule, RuleAction, WeightedBackend } from '@weir/policy/snapshot';
import { createRetryLayer, createTimeoutLayer, createWeightedPicker } from '@weir/resilience';
import type { BackendReference } from './backend-reference.ts';
import { failingDispatch } from './failing-dispatch.ts';

/** Where one share of a rule's requests goes, and what is done to them on the way. */
export interface RuleTarget {
  /** `namespace/service:port`; '' when there is no backend. */
  readonly label: string;
  /** In the order of requests; none for most routes. */
  readonly filters: readonly Filter[];
  readonly dispatch: Dispatch;
  /** Those that end here. */
  readonly ways: Ways;
}

/** A rule at work. */
export interface RuleRuntime {
  readonly rule: RouteRule;
  /** The target for one request, by weight. */
  pick(): RuleTarget;
}

/** What rules are made with. */
export interface RulePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly filterContext: FilterContext;
  backendReference(name: ResourceName): BackendReference;
}

const NO_FILTERS: readonly Filter[] = [];

/**
 * Compiles a rule for the listeners by which requests come under the same access policies (`access`: their chain); throws where
 * a part of it cannot be served.
 */
export function createRuleRuntime(rule: RouteRule, access: ResourceName | undefined, ports: RulePorts): RuleRuntime {
  const action = { ...rule.action, access };
  const targets =
    action.backends.length === 0 ? [targetWithoutBackend(action, ports)] : action.backends.map(b => ruleTarget(action, b, ports));
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) return new SingleTargetRule(rule, only);
  const pickIndex = createWeightedPicker(action.backends.map(backend => backend.weight));
  // Every weight 0: no backend may be chosen, as for a rule without any (Gateway API, HTTPRouteRule.backendRefs).
  const none = targetWithoutBackend(action, ports);
  return { rule, pick: () => targets[pickIndex()] ?? none };
}

/** Nearly all rules. No closure: with thousands of rules, each object on the way to a target has to be fetched from far away. */
class SingleTargetRule implements RuleRuntime {
  readonly rule: RouteRule;
  private readonly target: RuleTarget;

  constructor(rule: RouteRule, target: RuleTarget) {
    this.rule = rule;
    this.target = target;
  }

  pick(): RuleTarget {
    return this.target;
  }
}

function ruleTarget(action: GuardedAction, backend: WeightedBackend, ports: RulePorts): RuleTarget {
  if (backend.weight === 0) return { ...targetWithoutBackend(action, ports), label: backend.label };
  const innermost =
    backend.backend === undefined
      ? failingDispatch('backend_invalid', `backend ${backend.label} cannot be used`)
      : ports.backendReference(backend.backend).dispatch;
  const filters = filtersOf(action, backend, ports);
  const dispatch = withLayers(innermost, action, ports);
  return { label: backend.label, filters: refusing(action) ?? filters, dispatch, ways: new Ways() };
}

/** A rule's action with the access chain of those who come to it. */
interface GuardedAction extends RuleAction {
  readonly access: ResourceName | undefined;
}

/** The rule's before the backend's. */
function filtersOf(action: GuardedAction, backend: WeightedBackend, { filterContext }: RulePorts): readonly Filter[] {
  const access = accessSpecs([action.access, backend.access], [...action.filters, ...backend.filters]);
  if (access.length + action.filters.length + backend.filters.length === 0) return NO_FILTERS;
  const own = compileFilters([...access, ...action.filters], filterContext);
  return [...own, ...compileFilters(backend.filters, filterContext)];
}

function targetWithoutBackend(action: GuardedAction, ports: RulePorts): RuleTarget {
  return {
    label: '',
    filters:
      refusing(action) ??
      compileFilters([...accessSpecs([action.access], action.filters), ...action.filters], ports.filterContext),
    dispatch: failingDispatch('backend_invalid', 'the rule has no backend'),
    ways: new Ways(),
  };
}

/** A rule that cannot be served as written refuses before anything else of it runs: nothing is skipped. */
function refusing(action: RuleAction): readonly Filter[] | undefined {
  const { refusal } = action;
  if (refusal === undefined) return undefined;
  return [
    {
      onRequest: () => {
        throw new Fault(refusal.code, refusal.detail);
      },
    },
  ];
}

/** Outermost first: the whole request's deadline covers all attempts, an attempt's only its own. */
function withLayers(innermost: Dispatch, action: RuleAction, { clock, random }: RulePorts): Dispatch {
  const layers: Layer[] = [];
  if (action.requestTimeoutMs > 0) {
    layers.push(createTimeoutLayer({ timeoutMs: action.requestTimeoutMs, code: 'request_deadline', clock }));
  }
  if (action.retry !== undefined) {
    layers.push(createRetryLayer(action.retry, { clock, random, requestTimeoutMs: action.requestTimeoutMs }));
  }
  if (action.attemptTimeoutMs > 0) {
    layers.push(createTimeoutLayer({ timeoutMs: action.attemptTimeoutMs, code: 'upstream_timeout', clock }));
  }
  return stack(innermost, ...layers);
}
