// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from '../../stage/documents.ts';

/** Where calls to a Service are decided about. */
export function serviceParent(name: string, more: Fields = {}): Fields {
  return { group: '', kind: 'Service', name, ...more };
}

/** The Gateway of the stage. */
export const EDGE_PARENT: Fields = { name: 'edge', namespace: 'shop' };

export interface MeshRoute {
  readonly kind?: 'GRPCRoute' | 'HTTPRoute' | 'TCPRoute' | 'TLSRoute';
  readonly namespace?: string;
  readonly parents: readonly Fields[];
  readonly rules: readonly Fields[];
  readonly hostnames?: readonly string[];
  readonly createdAt?: string;
}

/** A route of namespace `shop`, unless another is named. */
export function meshRoute(name: string, options: MeshRoute): TestDocument {
  const { kind = 'HTTPRoute', namespace = 'shop', parents, rules, hostnames, createdAt } = options;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace, ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }) },
    spec: { parentRefs: parents, ...(hostnames === undefined ? {} : { hostnames }), rules },
  };
}

/** A policy of namespace `shop` for a Service or a route. */
export function meshPolicy(kind: 'AccessPolicy' | 'TrafficPolicy', name: string, spec: Fields): TestDocument {
  return { apiVersion: 'weir.dev/v1alpha1', kind, metadata: { name, namespace: 'shop' }, spec };
}

/** Targets of policies. */
export const meshTarget = {
  service: (name: string): Fields => ({ group: '', kind: 'Service', name }),
  route: (name: string, more: Fields = {}): Fields => ({
    group: 'gateway.networking.k8s.io',
    kind: 'HTTPRoute',
    name,
    ...more,
  }),
};
