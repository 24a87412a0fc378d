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
const ENDED: ReadonlySet<string | undefined> = new Set(['Failed', 'Succeeded']);

/**
 * Where the other replicas are, by their Pods: also of those that are not ready or are going, as proxies may still be connected there. One
 * without an address has not begun.
 */
export function otherReplicas(documents: ReadonlyMap<string, Document>, own: OwnPlace): readonly ReplicaPlace[] {
  return documents
    .values()
    .flatMap((document): readonly ReplicaPlace[] => {
      if (document.kind !== 'Pod' || document.namespace !== own.namespace || document.name === own.replica) return [];
      if (document.spec.serviceAccountName !== ACCOUNT || ENDED.has(document.status?.phase)) return [];
      const [first] = document.status?.podIPs ?? [];
      return first === undefined ? [] : [{ name: document.name, address: first.ip }];
    })
    .toArray();
}
