// SPDX-License-Identifier: Apache-2.0
import { meshName } from '../../resolve/index.ts';
import type {
  MeshHalf,
  PolicyChain,
  ResolvedBackendRef,
  ResolvedFilter,
  ResolvedRequestRoute,
  ResolvedRoute,
  ResolvedRule,
  ResolvedStreamBackendRef,
  ResolvedStreamRoute,
  ResolvedTraffic,
} from '../../resolve/index.ts';
import type {
  AttachedTraffic,
  Attachment,
  FilterSpec,
  ResourceName,
  RouteRule,
  RuleAction,
  StreamRule,
  WeightedBackend,
  WeightedStreamBackend,
} from '../../snapshot/index.ts';
import { compileExternalAuthorization } from './compile-access.ts';
import { resourceName } from './resource-name.ts';

/** The rules of a route as resources; none for a route that no bound listener takes. */
export function compileRoute(resolved: ResolvedRoute): readonly (RouteRule | StreamRule)[] {
  if (resolved.attachments.length === 0) return [];
  return resolved.flow === 'requests' ? compileRequestRoute(resolved) : compileStreamRoute(resolved);
}

function compileRequestRoute({ document, attachments, rules }: ResolvedRequestRoute): readonly RouteRule[] {
  const route = `${document.namespace}/${document.name}`;
  const nameOf = document.kind === 'GRPCRoute' ? resourceName.grpcRule : resourceName.rule;
  return rules.flatMap((rule, index) => {
    const whole: RouteRule = {
      kind: 'routeRule',
      routeKind: document.kind,
      name: nameOf(route, index),
      route,
      rule: rule.name,
      createdMs: document.createdMs,
      index,
      attachments: attachmentsOf(attachments, rule),
      matches: rule.matches,
      action: compileAction(rule),
    };
    const parts = dividedRule(whole, ({ listener }) => actionInMesh(whole.action, rule.mesh.get(listener)));
    return parts.flatMap(part => callersApart(part, ofCallers));
  });
}

/** What a rule does at a listener of the mesh, where that is something else than elsewhere. */
function actionInMesh(action: RuleAction, half: MeshHalf | undefined): RuleAction | undefined {
  if (half?.refusal !== undefined) return { ...action, refusal: { code: 'policy_unresolved', detail: half.refusal } };
  if (half?.ownBackend === undefined) return undefined;
  const { ownBackend: target } = half;
  const backend = {
    backend: resourceName.backend(target),
    label: meshName.label(target),
    weight: 1,
    filters: [],
    access: undefined,
  };
  return { ...action, backends: [backend] };
}

function compileStreamRoute({ document, attachments, rules }: ResolvedStreamRoute): readonly StreamRule[] {
  const route = `${document.namespace}/${document.name}`;
  return rules.flatMap(({ name, backends, access, traffic, mesh }, index) => {
    const whole: StreamRule = {
      kind: 'streamRule',
      routeKind: document.kind,
      name: resourceName.streamRule(document.kind, route, index),
      route,
      rule: name,
      createdMs: document.createdMs,
      index,
      attachments: attachmentsOf(attachments, { access, traffic }),
      backends: backends.map(compileStreamBackendRef),
    };
    const isRefused = ({ listener }: Attachment): boolean => mesh.get(listener)?.refusal !== undefined;
    const [apart, together] = divide(whole.attachments, isRefused);
    // Without a backend connections are closed.
    const parts = [
      ...(together.length === 0 ? [] : [{ ...whole, attachments: together }]),
      ...apart.map(one => ({ ...whole, name: resourceName.apart(whole.name, one.listener), attachments: [one], backends: [] })),
    ];
    return parts.flatMap(part => callersApart(part, rule => ({ ...rule, backends: rule.backends.map(withoutAccess) })));
  });
}

/** A rule as it is, and apart from it one for each listener at which it does something else. */
function dividedRule(whole: RouteRule, actionAt: (attachment: Attachment) => RuleAction | undefined): readonly RouteRule[] {
  const [apart, together] = divide(whole.attachments, attachment => actionAt(attachment) !== undefined);
  if (apart.length === 0) return [whole];
  return [
    ...(together.length === 0 ? [] : [{ ...whole, attachments: together }]),
    ...apart.map(one => ({
      ...whole,
      name: resourceName.apart(whole.name, one.listener),
      attachments: [one],
      action: actionAt(one) ?? whole.action,
    })),
  ];
}

function divide<Item>(items: readonly Item[], isApart: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isApart), items.filter(item => !isApart(item))];
}

/** In the name of what all callers in the mesh have of a rule that gateways have as well. */
const IN_MESH = 'mesh';

/**
 * What callers in the mesh have of a rule, apart from what gateways have of it. Every workload may ask for what callers have, and access
 * policies lead to secrets of those who enforce them: client secrets, symmetric keys, hashes of passwords.
 */
function callersApart<Rule extends RouteRule | StreamRule>(rule: Rule, ofCaller: (rule: Rule) => Rule): readonly Rule[] {
  const [callers, others] = divide(rule.attachments, ({ meshSide }) => meshSide === 'caller');
  if (callers.length === 0) return [rule];
  if (others.length === 0) return [ofCaller(rule)];
  const name = resourceName.apart(rule.name, IN_MESH);
  return [{ ...rule, attachments: others }, ofCaller({ ...rule, name, attachments: callers })];
}

/** Who may call a Service is for the receiver to decide. */
function ofCallers(rule: RouteRule): RouteRule {
  const { action } = rule;
  const filters = action.filters.map(withoutMirroredAccess);
  const backends = action.backends.map(backend => ({
    ...withoutAccess(backend),
    filters: backend.filters.map(withoutMirroredAccess),
  }));
  return { ...rule, action: { ...action, filters, backends } };
}

function withoutAccess<Target extends WeightedStreamBackend>(backend: Target): Target {
  return { ...backend, access: undefined };
}

function withoutMirroredAccess(filter: FilterSpec): FilterSpec {
  return filter.kind === 'requestMirror' ? { ...filter, access: undefined } : filter;
}

type RulePolicies = Pick<ResolvedRule, 'access' | 'traffic'>;

/** One array for all rules of a route, as long as no policy tells them apart. */
function attachmentsOf(attachments: readonly Attachment[], { access, traffic }: RulePolicies): readonly Attachment[] {
  if (access.size + traffic.size === 0) return attachments;
  return attachments.map(attachment => ({
    ...attachment,
    access: nameOfChain(access.get(attachment.listener)),
    traffic: compileTraffic(traffic.get(attachment.listener)),
  }));
}

function compileTraffic(traffic: ResolvedTraffic | undefined): AttachedTraffic | undefined {
  if (traffic === undefined) return undefined;
  const limitsOf = (chain: PolicyChain | undefined): ResourceName | undefined => chain && resourceName.trafficLimits(chain);
  return {
    limits: limitsOf(traffic.limits),
    backends: traffic.backends.map(({ calls, limits, target }) => ({
      backend: target && resourceName.backend(target),
      calls: calls && resourceName.trafficCalls(calls),
      limits: limitsOf(limits),
    })),
  };
}

function nameOfChain(chain: PolicyChain | undefined): ResourceName | undefined {
  return chain && resourceName.accessChain(chain);
}

function compileStreamBackendRef({ target, label, weight, access }: ResolvedStreamBackendRef): WeightedStreamBackend {
  return { backend: target && resourceName.backend(target), label, weight, access: nameOfChain(access) };
}

function compileAction({ refusal, filters, backends, ...action }: ResolvedRule): RuleAction {
  const { requestTimeoutMs, attemptTimeoutMs, retry, sessionPersistence } = action;
  return {
    refusal: refusal === undefined ? undefined : { code: 'filter_unsupported', detail: refusal.detail },
    filters: filters.map(compileFilter),
    backends: backends.map(compileBackendRef),
    requestTimeoutMs,
    attemptTimeoutMs,
    retry,
    sessionPersistence,
  };
}

function compileBackendRef({ filters, ...ref }: ResolvedBackendRef): WeightedBackend {
  return { ...compileStreamBackendRef(ref), filters: filters.map(compileFilter) };
}

export function compileFilter(filter: ResolvedFilter): FilterSpec {
  if (filter.kind === 'externalAuth') {
    return { kind: 'externalAuth', authorization: compileExternalAuthorization(filter.authorization) };
  }
  if (filter.kind !== 'requestMirror') return filter;
  const { target, access, numerator, denominator } = filter;
  const backend = target && resourceName.backend(target);
  return { kind: 'requestMirror', backend, access: nameOfChain(access), numerator, denominator };
}
