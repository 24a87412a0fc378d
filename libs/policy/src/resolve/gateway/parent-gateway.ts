// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGateway } from './conclude-gateway.ts';
import type { NamespaceRule } from './namespace-rule.ts';

/** A Gateway as routes see it: nothing in it changes when, say, a certificate is renewed. */
export interface ParentGateway {
  readonly namespace: string;
  readonly name: string;
  readonly listeners: readonly ParentListener[];
}

export interface ParentListener {
  /** `namespace/gateway/listener`. */
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

export function parentGatewayOf({ document, listeners }: ResolvedGateway): ParentGateway {
  return {
    namespace: document.namespace,
    name: document.name,
    listeners: listeners.map(({ name, sectionName, port, hostname, supportedKinds, namespaces, isBound }) => ({
      name,
      sectionName,
      port,
      hostname,
      kinds: supportedKinds.map(({ kind }) => kind),
      namespaces,
      isBound,
    })),
  };
}
