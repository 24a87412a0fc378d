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
  // A set that is not let in is no parent: it would promise listeners that nobody has.
  const documents = [
    gateway,
    ...sets.filter(({ findings }) => findings.Accepted.reason !== 'NotAllowed').map(set => set.document),
  ];
  return documents.map(document => ({
    kind: document.kind,
    namespace: document.namespace,
    name: document.name,
    gateway: key,
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
