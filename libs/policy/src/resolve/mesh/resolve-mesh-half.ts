// SPDX-License-Identifier: Apache-2.0
import { chainAt, placesOfRule, placesOfService } from '../policy/policy-chain.ts';
import type { PolicyChain, ScopePlace } from '../policy/policy-chain.ts';
import type { PolicyKindName } from '../policy/policy-index.ts';
import type { ResolvedRule } from '../route/resolved-route.ts';
import type { RouteContext } from '../route/route-context.ts';
import { findPort, spokenProtocol } from '../service/service-port.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { obstacleOf } from './enforcement-obstacle.ts';
import type { MeshHalf } from './mesh-half.ts';
import type { CallerListener } from './mesh-names.ts';
import { limitingPolicies, withoutEnforcement } from './unenforced-policies.ts';
import type { OwnPolicies } from './unenforced-policies.ts';

/** A rule of a route, as far as the mesh has to know it. */
export interface MeshedRule extends RulePlace, Pick<ResolvedRule, 'backends' | 'filters'> {}

interface RulePlace {
  /** As written. */
  readonly name: string | undefined;
  /** `spec.rules[0]`. */
  readonly path: string;
}

/** By the listener where callers of a parent in the mesh stand. */
export function meshHalvesOf(context: RouteContext, rule: MeshedRule): ReadonlyMap<string, MeshHalf> {
  if (context.meshParents.size === 0) return NO_HALVES;
  const asks = rule.filters.some(({ kind }) => kind === 'externalAuth');
  const own = { ...ownPolicies(context, rule.name), asks };
  return new Map([...context.meshParents].map(([listener, parent]) => [listener, halfOf(context, { rule, own }, parent)]));
}

/** Of connections that are carried whole: what is attached to their routes or rules, the receiver cannot tell from what is not. */
export function meshStreamHalvesOf(context: RouteContext, { name, path }: RulePlace): ReadonlyMap<string, MeshHalf> {
  if (context.meshParents.size === 0) return NO_HALVES;
  // What limits requests is told at the policy, wherever connections are carried whole.
  const own = { ...ownPolicies(context, name), limits: undefined, asks: false };
  const why = 'connections are carried whole, and who receives does not know by which route they came';
  return new Map(
    [...context.meshParents].map(([listener, parent]) => [
      listener,
      { parent, ownBackend: undefined, receiver: undefined, ...withoutEnforcement(context, own, { path, parent, why }) },
    ]),
  );
}

const NO_HALVES: ReadonlyMap<string, MeshHalf> = new Map();

interface GuardedRule {
  readonly rule: MeshedRule;
  readonly own: OwnPolicies;
}

function halfOf(context: RouteContext, { rule, own }: GuardedRule, parent: CallerListener): MeshHalf {
  const why = obstacleOf(rule, parent);
  const places = [...placesOfService(parent.namespace, parent.service), ...ownPlaces(context, rule.name)];
  const receiver = {
    access: chainOf(context, 'AccessPolicy', places),
    limits: chainOf(context, 'TrafficPolicy', places),
    isOwn: own.access !== undefined || own.asks || limitingPolicies(context, own.limits).length > 0,
  };
  return {
    parent,
    ownBackend: sendsToParent(rule) ? ownBackendOf(context, parent) : undefined,
    receiver: parent.consumer === undefined ? receiver : undefined,
    ...(why === undefined ? NOTHING_LOST : withoutEnforcement(context, own, { path: rule.path, parent, why })),
  };
}

const NOTHING_LOST = { refusal: undefined, unenforced: [] } as const;

function ownPolicies(context: RouteContext, name: string | undefined): Pick<OwnPolicies, 'access' | 'limits'> {
  const places = ownPlaces(context, name);
  return { access: chainOf(context, 'AccessPolicy', places), limits: chainOf(context, 'TrafficPolicy', places) };
}

/** Of route and rule. What a Namespace asks, it asks in the mesh of the Services in it, and not of its routes. */
function ownPlaces({ document }: RouteContext, name: string | undefined): readonly ScopePlace[] {
  return placesOfRule(document, name).filter(({ scope }) => scope !== 'RouteNamespace');
}

function chainOf({ lookup }: RouteContext, kind: PolicyKindName, places: readonly ScopePlace[]): PolicyChain | undefined {
  return chainAt(lookup, kind, places);
}

/** How calls to a parent are made: the Service is wider than the route. */
export function callsToParent(context: RouteContext, name: string | undefined, parent: CallerListener): PolicyChain | undefined {
  return chainOf(context, 'TrafficPolicy', [...placesOfService(parent.namespace, parent.service), ...ownPlaces(context, name)]);
}

/** Whether a rule leaves it to its parent where requests go. A redirect is answered without any backend. */
export function sendsToParent({ backends, filters }: Pick<MeshedRule, 'backends' | 'filters'>): boolean {
  return backends.length === 0 && filters.every(({ kind }) => kind !== 'requestRedirect');
}

function ownBackendOf({ document, lookup }: RouteContext, { namespace, service, port }: CallerListener): BackendTarget {
  const found = lookup.get('Service', namespace, service);
  const servicePort = found === undefined ? undefined : findPort(found, port, 'TCP');
  const speaksHttp2 = servicePort !== undefined && spokenProtocol(servicePort)?.protocol === 'http2';
  return { namespace, service, port, variant: document.kind === 'GRPCRoute' && !speaksHttp2 ? 'http2' : undefined };
}
