// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';

/** Where another replica is. */
export interface ReplicaPlace {
  /** Of its Pod. */
  readonly name: string;
  /** IP address. */
  readonly address: string;
}

/** Which replica this is. */
export interface OwnPlace {
  readonly namespace: string;
  readonly replica: string;
}

/** Service account of control planes, as the chart names it: nothing else runs as it. */
const ACCOUNT = 'weir-control-plane';
/** `Pending`: no container has run yet, as while an image cannot be pulled; it may have an address already. */
const WITHOUT_PROXIES: ReadonlySet<string | undefined> = new Set(['Failed', 'Pending', 'Succeeded']);

/** Whether a document is the Pod of a control plane that has begun, and not ended. */
function isControlPlanePod(document: Document): document is Extract<Document, { readonly kind: 'Pod' }> {
  if (document.kind !== 'Pod' || WITHOUT_PROXIES.has(document.status?.phase)) return false;
  return document.spec.serviceAccountName === ACCOUNT;
}

/**
 * Where the other replicas are, by their Pods: also of those that are not ready or are going, as proxies may still be connected there. One
 * without an address, or in phase `Pending`, has not begun.
 */
export function otherReplicas(documents: ReadonlyMap<string, Document>, own: OwnPlace): readonly ReplicaPlace[] {
  return documents
    .values()
    .flatMap((document): readonly ReplicaPlace[] => {
      if (document.namespace !== own.namespace || document.name === own.replica || !isControlPlanePod(document)) return [];
      const [first] = document.status?.podIPs ?? [];
      return first === undefined ? [] : [{ name: document.name, address: first.ip }];
    })
    .toArray();
}
