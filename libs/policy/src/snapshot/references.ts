// SPDX-License-Identifier: Apache-2.0
import type { AuthenticationMethod } from './access.ts';
import type { FilterSpec } from './filter-spec.ts';
import type { Listener } from './port.ts';
import type { ResourceName } from './resource-name.ts';
import type { Resource } from './resource.ts';
import type { Attachment, RouteRule } from './route-rule.ts';
import type { WeightedStreamBackend } from './stream-rule.ts';

/** Names of the resources that one refers to itself. What names nothing that exists is refused where it is used. */
export function referencesOf(resource: Resource): readonly ResourceName[] {
  switch (resource.kind) {
    case 'gateway':
      return resource.ports;
    case 'port':
      return resource.listeners.flatMap(({ tls, backendCertificate }) =>
        [...(tls?.certificates ?? []), tls?.clientValidation?.trustBundle ?? [], nameOfShown(backendCertificate)].flat(),
      );
    case 'routeRule':
      return referencesOfRule(resource);
    case 'streamRule':
      return [...resource.attachments.flatMap(policiesOf), ...resource.backends.flatMap(targetsOf)];
    case 'backend':
      return resource.tls?.trustBundle === undefined ? [] : [resource.tls.trustBundle];
    case 'accessChain':
      return resource.guards.map(({ policy }) => policy);
    case 'accessPolicy':
      return [
        ...(resource.authentication?.methods ?? []).flatMap(backendOrConsumers),
        ...[resource.externalAuthorization?.backend ?? []].flat(),
      ];
    case 'certificate':
    case 'meshService':
    case 'meshSettings':
    case 'sidecarPort':
    case 'trafficCalls':
    case 'trafficLimits':
    case 'consumers':
    case 'trustBundle':
    case 'workload':
      return [];
  }
}

const NONE: readonly string[] = Object.freeze([]);

/** Names of the listeners that a resource stands for. Rules name them, and not the other way round. */
export function listenersOf(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case 'port':
      return resource.listeners.map(({ name }) => name);
    case 'meshService':
      return resource.ports.flatMap(({ listener, consumers }) => [listener, ...consumers.map(one => `${listener}@${one}`)]);
    case 'workload':
      return resource.ports.flatMap(({ services }) => services.map(({ listener }) => listener));
    default:
      return NONE;
  }
}

/** Names of the listeners that a rule is attached to; none of other resources. */
export function attachedListenersOf(resource: Resource): readonly string[] {
  return resource.kind === 'routeRule' || resource.kind === 'streamRule'
    ? resource.attachments.map(({ listener }) => listener)
    : NONE;
}

function nameOfShown(shown: Listener['backendCertificate']): ResourceName | readonly ResourceName[] {
  return shown?.kind === 'certificate' ? shown.name : [];
}

function policiesOf({ access, traffic }: Attachment): readonly ResourceName[] {
  const behind = (traffic?.backends ?? []).flatMap(({ calls, limits }) => [calls, limits]);
  return [access, traffic?.limits, ...behind].filter(name => name !== undefined);
}

function targetsOf({ backend, access }: WeightedStreamBackend): readonly ResourceName[] {
  return [backend ?? [], access ?? []].flat();
}

function referencesOfRule({ action, attachments }: RouteRule): readonly ResourceName[] {
  const filters = [...action.filters, ...action.backends.flatMap(backend => backend.filters)];
  return [...attachments.flatMap(policiesOf), ...action.backends.flatMap(targetsOf), ...filters.flatMap(namesOfFilter)];
}

function namesOfFilter(filter: FilterSpec): readonly ResourceName[] {
  if (filter.kind === 'externalAuth') return [filter.authorization.backend ?? []].flat();
  return filter.kind === 'requestMirror' ? [filter.backend ?? [], filter.access ?? []].flat() : [];
}

function backendOrConsumers(method: AuthenticationMethod): readonly ResourceName[] {
  if (method.kind !== 'introspection') return [method.consumers];
  const { backend } = method.endpoint;
  return backend?.startsWith('backend/') === true ? [backend] : [];
}
