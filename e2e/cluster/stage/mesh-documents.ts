// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from './manifest.ts';

/** Puts a sidecar into each Pod of a Namespace. */
export const INJECTED = { 'weir.dev/inject': 'enabled' };

/** An AccessPolicy for a Service. */
export function serviceAccess(name: string, service: string, spec: object): Manifest {
  return accessPolicy(name, { kind: 'Service', name: service }, spec);
}

/** An AccessPolicy for all of a Namespace. */
export function namespaceAccess(name: string, namespace: string, spec: object): Manifest {
  return accessPolicy(name, { kind: 'Namespace', name: namespace }, spec);
}

/** An AccessPolicy that takes mutual TLS and nothing else in a Namespace. */
export function strictNamespace(name: string): Manifest {
  return namespaceAccess('strict', name, { mutualTls: { mode: 'Strict' } });
}

function accessPolicy(name: string, target: object, spec: object): Manifest {
  const targetRefs = [{ group: '', ...target }];
  return { apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name }, spec: { targetRefs, ...spec } };
}
