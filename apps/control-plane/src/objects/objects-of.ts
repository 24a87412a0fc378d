// SPDX-License-Identifier: Apache-2.0
import type { Backend, Port, Resource, RouteRule, StreamRule, TrafficCalls, TrafficLimits } from '@weir/policy/snapshot';

/** `Kind/namespace/name`, as documents have it. */
export type ObjectKey = string & { readonly __brand?: 'ObjectKey' };

/** Rules that no route wrote: calls to a Service go by them where it has no route. */
const OWN_RULE = /^(?:mesh-rule|mesh-stream-rule|inbound-stream-rule|inbound-rule)\/[^\/]+\/[^\/]+\/[^\/]+$/v;

/** The objects that people wrote without which a resource would not be, or not be what it is. */
export function objectsOf(resource: Resource): readonly ObjectKey[] {
  switch (resource.kind) {
    case 'routeRule':
    case 'streamRule':
      return [objectOfRule(resource)];
    case 'accessPolicy':
      return [`AccessPolicy/${resource.label}`];
    case 'accessChain':
      return resource.guards.map(({ policy }) => policy.replace(/^access-policy\//v, 'AccessPolicy/'));
    case 'trafficCalls':
    case 'trafficLimits':
      return trafficPolicies(policiesIn(resource));
    case 'backend':
      return objectsOfBackend(resource);
    case 'gateway':
      return [resource.name.replace(/^gateway\//v, 'Gateway/')];
    case 'port':
      return objectsOfPort(resource);
    case 'meshService':
      return [`Service/${resource.namespace}/${resource.service}`];
    case 'certificate':
      return [resource.name.replace(/^certificate\//v, 'Secret/')];
    case 'trustBundle':
      return resource.name.startsWith('trust/BackendTLSPolicy/') ? [resource.name.slice('trust/'.length)] : [];
    case 'consumers':
    case 'meshSettings':
    case 'sidecarPort':
    case 'workload':
      return [];
  }
}

function objectOfRule({ name, routeKind, route }: RouteRule | StreamRule): ObjectKey {
  return OWN_RULE.test(name) ? `Service/${route}` : `${routeKind}/${route}`;
}

function objectsOfBackend({ name, sources, split }: Backend): readonly ObjectKey[] {
  const [, namespace = '', service = ''] = name.split('/');
  const rollouts = split === undefined ? [] : [`Rollout/${split.rollout}`];
  return [`Service/${namespace}/${service}`, ...rollouts, ...trafficPolicies(sources.map(({ policy }) => policy))];
}

/** Of a listener `NAMESPACE/GATEWAY/LISTENER`, or `NAMESPACE/GATEWAY/SET'S NAMESPACE/SET/LISTENER`. */
function objectsOfPort({ listeners }: Port): readonly ObjectKey[] {
  const keys = listeners.flatMap(({ name }) => {
    const [namespace = '', gateway = '', setNamespace, set, listener] = name.split('/');
    const own = `Gateway/${namespace}/${gateway}`;
    return listener === undefined ? [own] : [own, `ListenerSet/${setNamespace ?? ''}/${set ?? ''}`];
  });
  return [...new Set(keys)];
}

function policiesIn(resource: TrafficCalls | TrafficLimits): readonly string[] {
  if (resource.kind === 'trafficLimits') {
    const { rateLimits, concurrencyLimits, faults } = resource;
    return [...rateLimits, ...concurrencyLimits, ...faults].map(({ policy }) => policy);
  }
  return Object.values(resource).flatMap((field: unknown) => {
    const policy: unknown = typeof field === 'object' && field !== null ? Reflect.get(field, 'policy') : undefined;
    return typeof policy === 'string' ? [policy] : [];
  });
}

function trafficPolicies(labels: readonly string[]): readonly ObjectKey[] {
  return [...new Set(labels)].map(label => `TrafficPolicy/${label}`);
}
