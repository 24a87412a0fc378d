// SPDX-License-Identifier: Apache-2.0
import { chainAt, placesOfRule, placesOfService } from '../policy/policy-chain.ts';
import type { PolicyChain, ScopePlace } from '../policy/policy-chain.ts';
import { callerScope } from '../policy/policy-index.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { callsToParent, sendsToParent } from '../mesh/resolve-mesh-half.ts';
import type { ResolvedRule } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';

/** Traffic policies that hold for a rule's requests that come by one listener. */
export interface ResolvedTraffic {
  /** What is limited on the way to the rule; a Service's own limits are counted apart. */
  readonly limits: PolicyChain | undefined;
  /** In the order of the rule's backends. */
  readonly backends: readonly ResolvedBackendTraffic[];
}

export interface ResolvedBackendTraffic {
  /** How the backend is called: the Service is wider than the route. */
  readonly calls: PolicyChain | undefined;
  /** What is limited for the Service itself. */
  readonly limits: PolicyChain | undefined;
  /** The backend as this Gateway calls it; undefined = as everybody does. */
  readonly target: BackendTarget | undefined;
}

interface RuleTargets extends Pick<ResolvedRule, 'backends' | 'filters'> {
  /** As written. */
  readonly name: string | undefined;
}

/** By listener; only listeners for which some policy holds. */
export function trafficOfRule(context: RouteContext, rule: RuleTargets): ReadonlyMap<string, ResolvedTraffic> {
  const { name, backends } = rule;
  const own = placesOfRule(context.document, name);
  const traffic = new Map<string, ResolvedTraffic>(trafficInMesh(context, rule));
  for (const [listener, places] of context.placesByListener) {
    const limits = chainOf(context, [...places, ...own]);
    const behind = backends.map(({ target }) => trafficOfBackend(context, target, { before: places, behind: own }));
    if (limits === undefined && behind.every(isNothing)) continue;
    traffic.set(listener, { limits, backends: behind });
  }
  return traffic;
}

/** By listeners where callers stand: limits are the receiver's affair, and how a Service's endpoints are called is the backend's. */
function trafficInMesh(context: RouteContext, rule: RuleTargets): readonly (readonly [string, ResolvedTraffic])[] {
  const count = sendsToParent(rule) ? 1 : rule.backends.length;
  return [...context.meshParents].flatMap(([listener, parent]) => {
    const calls = callsToParent(context, rule.name, parent);
    if (calls === undefined || count === 0) return [];
    const backends = Array.from({ length: count }, () => ({ calls, limits: undefined, target: undefined }));
    return [[listener, { limits: undefined, backends }] as const];
  });
}

/** Traffic policies for a stream rule's connections: only how backends are called. */
export function trafficOfStreamRule(
  context: RouteContext,
  backends: readonly { readonly target: BackendTarget | undefined }[],
): ReadonlyMap<string, ResolvedTraffic> {
  const traffic = new Map<string, ResolvedTraffic>();
  for (const [listener, places] of context.placesByListener) {
    const called = backends.map(({ target }) => target && calledFrom(context, places, target));
    if (called.every(target => target === undefined)) continue;
    const behind = called.map(target => ({ calls: undefined, limits: undefined, target }));
    traffic.set(listener, { limits: undefined, backends: behind });
  }
  return traffic;
}

/** Undefined: the Gateway has no policy that says how it calls. */
function calledFrom({ lookup }: RouteContext, places: readonly ScopePlace[], target: BackendTarget): BackendTarget | undefined {
  const gateway = places.find(({ scope }) => scope === 'Gateway')?.target;
  if (gateway === undefined) return undefined;
  const callers = lookup.policiesAt('TrafficPolicy', callerScope(gateway.namespace, gateway.name));
  return callers.length === 0 ? undefined : { ...target, callers };
}

interface Around {
  readonly before: readonly ScopePlace[];
  readonly behind: readonly ScopePlace[];
}

function trafficOfBackend(
  context: RouteContext,
  target: BackendTarget | undefined,
  { before, behind }: Around,
): ResolvedBackendTraffic {
  const service = target === undefined ? [] : placesOfService(target.namespace, target.service);
  return {
    calls: chainOf(context, [...before, ...service, ...behind]),
    limits: chainOf(context, service),
    target: target && calledFrom(context, before, target),
  };
}

function chainOf({ lookup }: RouteContext, places: readonly ScopePlace[]): PolicyChain | undefined {
  return chainAt(lookup, 'TrafficPolicy', places);
}

function isNothing({ calls, limits, target }: ResolvedBackendTraffic): boolean {
  return [calls, limits, target].every(part => part === undefined);
}
