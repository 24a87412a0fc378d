// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';

const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** An AccessPolicy on a route of this kind and of the policy's own name. */
export function accessPolicy(name: string, spec: Fields, kind = 'HTTPRoute'): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: GATEWAY_API_GROUP, kind, name }], ...spec },
  };
}
