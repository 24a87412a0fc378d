// SPDX-License-Identifier: Apache-2.0
import { Fault, Ways } from '@weir/base';
import type { Clock, Dispatch, Exchange, Filter, Random } from '@weir/base';
import { accessSpecs, compileFilters, trafficSpecs } from '@weir/filters';
import type { FilterContext, Reference, RequestTimeout, RunnableSpec } from '@weir/filters';
import type {
  Attachment,
  BackendTraffic,
  ResourceName,
  RouteRule,
  RuleAction,
  TrafficCalls,
  WeightedBackend,
} from '@weir/policy/snapshot';
import { createWeightedPicker, openSession } from '@weir/resilience';
import type { Priority, RetryBudget } from '@weir/resilience';
import type { BackendReference } from './backend-reference.ts';
import { layeredDispatch } from './call-layers.ts';
import { failingDispatch } from './failing-dispatch.ts';
import { requestTimeoutOf } from './request-timeout.ts';
import { routeIdOf } from './route-id.ts';

/** Where one share of a rule's requests goes, and what is done to them on the way. */
export interface RuleTarget {
  /** `namespace/service:port`; '' when there is no backend. */
  readonly label: string;
  /** In the order of requests; none for most routes. */
  readonly filters: readonly Filter[];
  readonly dispatch: Dispatch;
  /** How important its requests are, as policies say; undefined = they say nothing. */
  readonly priority: () => Priority | undefined;
  /** Those that end here. */
  readonly ways: Ways;
}

/** A rule at work. */
export interface RuleRuntime {
  readonly rule: RouteRule;
  /** The target for one request: of the session that it belongs to, else by weight. */
  pick(exchange: Exchange): RuleTarget;
}

/** What rules are made with. */
export interface RulePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly filterContext: FilterContext;
  backendReference(name: ResourceName): BackendReference;
  trafficCalls(name: ResourceName): Reference<TrafficCalls>;
  /** `label`: of the backend. */
  retryBudget(label: string): RetryBudget;
}

const NO_FILTERS: readonly Filter[] = [];

/** Policies that requests come under by one listener. */
export interface AttachedPolicies extends Pick<Attachment, 'access' | 'traffic'> {
  readonly meshSide: Attachment['meshSide'] | undefined;
}

/** Compiles a rule for requests that come under the same policies; throws where a part of it cannot be served. */
export function createRuleRuntime(rule: RouteRule, attached: AttachedPolicies, ports: RulePorts): RuleRuntime {
  const { access, traffic, meshSide } = attached;
  const action = {
    ...rule.action,
    access,
    limits: traffic?.limits,
    route: `${rule.routeKind}/${rule.route}`,
    routeId: routeIdOf(rule),
  };
  const targets =
    action.backends.length === 0
      ? [targetWithoutBackend(action, ports)]
      : action.backends.map((written, index) => {
          // In the mesh, who is called asks that, and is not to be asked twice.
          const backend = meshSide === 'caller' ? { ...written, access: undefined } : written;
          return ruleTarget(action, { backend, traffic: traffic?.backends[index] }, ports);
        });
  const persistence = action.sessionPersistence;
  const [only] = targets;
  if (persistence === undefined && targets.length === 1 && only !== undefined) return new SingleTargetRule(rule, only);
  const pickIndex = createWeightedPicker(action.backends.map(backend => backend.weight));
  // Every weight 0: no backend may be chosen, as for a rule without any (Gateway API, HTTPRouteRule.backendRefs).
  const none = targetWithoutBackend(action, ports);
  const byWeight = (): RuleTarget => targets[pickIndex()] ?? none;
  if (persistence === undefined) return { rule, pick: byWeight };
  const backends = action.backends.map(({ backend, weight }) =>
    weight === 0 || !backend ? undefined : ports.backendReference(backend),
  );
  return {
    rule,
    pick(exchange) {
      const session = openSession(exchange, persistence, ports.clock);
      exchange.session = session;
      const { endpointId } = session;
      const index = endpointId === undefined ? -1 : backends.findIndex(one => one?.current?.hasSessionsOf(endpointId));
      return targets[index] ?? byWeight();
    },
  };
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

function ruleTarget(action: GuardedAction, guarded: GuardedBackend, ports: RulePorts): RuleTarget {
  const { backend, traffic } = guarded;
  if (backend.weight === 0) return { ...targetWithoutBackend(action, ports), label: backend.label };
  const innermost =
    backend.backend === undefined
      ? failingDispatch('backend_invalid', `backend ${backend.label} cannot be used`)
      : ports.backendReference(traffic?.backend ?? backend.backend).dispatch;
  const calls = traffic?.calls === undefined ? undefined : ports.trafficCalls(traffic.calls);
  const filters = filtersOf(action, { ...guarded, requestTimeoutMs: requestTimeoutOf(action, calls) }, ports);
  const { clock, random } = ports;
  const layerPorts = { clock, random, retryBudget: ports.retryBudget(backend.label) };
  const dispatch = layeredDispatch(innermost, { action, calls }, layerPorts);
  return {
    label: backend.label,
    filters: refusing(action) ?? filters,
    dispatch,
    ways: new Ways(action.routeId),
    priority: () => calls?.current?.priority?.value,
  };
}

/** A rule's action with the policies of those who come to it. */
interface GuardedAction extends RuleAction {
  readonly access: ResourceName | undefined;
  readonly limits: ResourceName | undefined;
  /** `KIND/namespace/name`. */
  readonly route: string;
  /** See `routeIdOf`. */
  readonly routeId: string;
}

interface GuardedBackend {
  readonly backend: WeightedBackend;
  readonly traffic: BackendTraffic | undefined;
}

/** The rule's before the backend's. */
function filtersOf(
  action: GuardedAction,
  { backend, traffic, requestTimeoutMs }: GuardedBackend & { readonly requestTimeoutMs: RequestTimeout },
  { filterContext }: RulePorts,
): readonly Filter[] {
  const policies: readonly RunnableSpec[] = [
    ...accessSpecs([action.access, backend.access], [...action.filters, ...backend.filters]),
    ...trafficSpecs([action.limits, traffic?.limits], { route: action.route, requestTimeoutMs }),
  ];
  if (policies.length + action.filters.length + backend.filters.length === 0) return NO_FILTERS;
  const own = compileFilters([...policies, ...action.filters], filterContext);
  return [...own, ...compileFilters(backend.filters, filterContext)];
}

function policiesOf(action: GuardedAction): readonly RunnableSpec[] {
  const { access, filters, limits, route } = action;
  const requestTimeoutMs = requestTimeoutOf(action, undefined);
  return [...accessSpecs([access], filters), ...trafficSpecs([limits], { route, requestTimeoutMs })];
}

function targetWithoutBackend(action: GuardedAction, ports: RulePorts): RuleTarget {
  return {
    label: '',
    filters: refusing(action) ?? compileFilters([...policiesOf(action), ...action.filters], ports.filterContext),
    dispatch: failingDispatch('backend_invalid', 'the rule has no backend'),
    priority: () => undefined,
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
