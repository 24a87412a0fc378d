// SPDX-License-Identifier: Apache-2.0
import { regexFault } from '../../resolve/route/resolve-matches.ts';
import type {
  AuthenticationMethod,
  Attachment,
  FilterSpec,
  Listener,
  Resource,
  ResourceName,
  RouteRule,
  Snapshot,
  WeightedStreamBackend,
} from '../../snapshot/index.ts';

/** Names that resources refer to and that are not in the snapshot; none, ever. */
export function danglingReferences({ resources }: Snapshot): readonly string[] {
  const listeners = new Set<string>();
  for (const resource of resources.values()) {
    if (resource.kind === 'port') for (const { name } of resource.listeners) listeners.add(name);
  }
  return [...resources.values()].flatMap(resource => [
    ...referencesOf(resource).filter(name => !resources.has(name)),
    ...(resource.kind === 'routeRule' || resource.kind === 'streamRule' ? resource.attachments : [])
      .map(({ listener }) => listener)
      .filter(name => !listeners.has(name)),
  ]);
}

/** Expressions that a proxy could not compile, and would refuse the whole snapshot for; none, ever. */
export function brokenExpressions({ resources }: Snapshot): readonly string[] {
  const rules = [...resources.values()].filter(resource => resource.kind === 'routeRule');
  return rules
    .flatMap(({ matches }) => matches.flatMap(({ path, headers, query }) => [path, ...headers, ...query]))
    .filter(({ kind, value }) => kind === 'regex' && regexFault(value) !== undefined)
    .map(({ value }) => value);
}

/** Whether a value and all in it is frozen. */
export function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

function referencesOf(resource: Resource): readonly ResourceName[] {
  switch (resource.kind) {
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
    case 'trafficCalls':
    case 'trafficLimits':
    case 'consumers':
    case 'trustBundle':
      return [];
  }
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
