// SPDX-License-Identifier: Apache-2.0
import type { ParentGateway } from '../gateway/parent-gateway.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { RouteDocument } from '../route/route-document.ts';
import type { PolicyKindName, PolicyScope } from './policy-index.ts';

/** Where in the way of a request a policy is attached, widest first. */
export const SCOPE_KINDS = [
  'GatewayNamespace',
  'Gateway',
  'ListenerSet',
  'Listener',
  'BackendNamespace',
  'Service',
  'RouteNamespace',
  'Route',
  'Rule',
] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** One policy at one place. */
export interface ChainLink {
  readonly scope: ScopeKind;
  /** `namespace/name`. */
  readonly policy: string;
}

/** The policies of a kind that hold for a request, widest first; at least one. */
export interface PolicyChain {
  /** `SCOPE:NAMESPACE/NAME,…`: equal for all requests that the same policies hold for at the same scopes. */
  readonly key: string;
  readonly links: readonly ChainLink[];
}

/** A scope as a request passes it. */
export interface ScopePlace {
  readonly scope: ScopeKind;
  readonly target: PolicyScope;
}

/** The policies of a kind at places that are given widest first; undefined = there are none. */
export function chainAt(lookup: Lookup, kind: PolicyKindName, places: readonly ScopePlace[]): PolicyChain | undefined {
  const links: ChainLink[] = [];
  for (const { scope, target } of places) {
    for (const policy of lookup.policiesAt(kind, target)) links.push({ scope, policy });
  }
  if (links.length === 0) return undefined;
  return { key: links.map(({ scope, policy }) => `${scope}:${policy}`).join(','), links };
}

/** What a request passes before any route has it. */
export function placesOfListener(parent: ParentGateway, sectionName: string): readonly ScopePlace[] {
  const [namespace = '', name = ''] = parent.gateway.split('/');
  const { kind } = parent;
  const object = { kind, namespace: parent.namespace, name: parent.name };
  return [
    { scope: 'GatewayNamespace', target: namespaceScope(namespace) },
    { scope: 'Gateway', target: { kind: 'Gateway', namespace, name, sectionName: undefined } },
    ...(kind === 'ListenerSet' ? [{ scope: kind, target: { ...object, sectionName: undefined } }] : []),
    { scope: 'Listener', target: { ...object, sectionName } },
  ];
}

/** `ruleName`: as written; a rule without a name is no target of its own. */
export function placesOfRule({ kind, namespace, name }: RouteDocument, ruleName: string | undefined): readonly ScopePlace[] {
  const route = { kind, namespace, name, sectionName: undefined };
  const rule: readonly ScopePlace[] =
    ruleName === undefined ? [] : [{ scope: 'Rule', target: { ...route, sectionName: ruleName } }];
  return [{ scope: 'RouteNamespace', target: namespaceScope(namespace) }, { scope: 'Route', target: route }, ...rule];
}

export function placesOfNamespace(namespace: string): readonly ScopePlace[] {
  return [{ scope: 'BackendNamespace', target: namespaceScope(namespace) }];
}

export function placesOfService(namespace: string, name: string): readonly ScopePlace[] {
  return [
    ...placesOfNamespace(namespace),
    { scope: 'Service', target: { kind: 'Service', namespace, name, sectionName: undefined } },
  ];
}

function namespaceScope(name: string): PolicyScope {
  return { kind: 'Namespace', namespace: name, name, sectionName: undefined };
}
