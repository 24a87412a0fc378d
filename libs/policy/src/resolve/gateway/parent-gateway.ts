// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGateway, ResolvedListener } from './conclude-gateway.ts';
import type { NamespaceRule } from './namespace-rule.ts';

/** A Gateway or a ListenerSet as routes see it: nothing in it changes when, say, a certificate is renewed. */
export interface ParentGateway {
  readonly kind: 'Gateway' | 'ListenerSet';
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of the Gateway that it is, or belongs to. */
  readonly gateway: string;
  /** False for a ListenerSet that the Gateway does not let in: it has no listeners, and no route is accepted there. */
  readonly isAdmitted: boolean;
  /** Those that are written in it. */
  readonly listeners: readonly ParentListener[];
}

export interface ParentListener {
  /** As the data plane knows it. */
  readonly name: string;
  readonly sectionName: string;
  readonly port: number;
  /** Lower-case; `*` = any. */
  readonly hostname: string;
  /** Kinds of routes that it takes. */
  readonly kinds: readonly string[];
  readonly namespaces: NamespaceRule;
  /** Whether the data plane has it: a refused listener counts its routes and serves none. */
  readonly isBound: boolean;
}

/** The Gateway and each of its sets: a route that names one of them reaches the listeners written there, and no others. */
export function parentsOf({ document: gateway, listeners, sets }: ResolvedGateway): readonly ParentGateway[] {
  const key = `${gateway.namespace}/${gateway.name}`;
  const refused = new Set(sets.filter(({ findings }) => findings.Accepted.reason === 'NotAllowed').map(set => set.document));
  return [gateway, ...sets.map(set => set.document)].map(document => ({
    kind: document.kind,
    namespace: document.namespace,
    name: document.name,
    gateway: key,
    isAdmitted: document.kind === 'Gateway' || !refused.has(document),
    listeners: listeners.filter(listener => listener.document === document).map(parentListenerOf),
  }));
}

/** `Kind/namespace/name`. */
export function keyOfParent({ kind, namespace, name }: ParentGateway): string {
  return `${kind}/${namespace}/${name}`;
}

function parentListenerOf({ supportedKinds, ...listener }: ResolvedListener): ParentListener {
  const { name, sectionName, port, hostname, namespaces, isBound } = listener;
  return { name, sectionName, port, hostname, kinds: supportedKinds.map(({ kind }) => kind), namespaces, isBound };
}
