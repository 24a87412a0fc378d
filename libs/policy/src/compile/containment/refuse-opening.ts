// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Document } from '../../documents/index.ts';
import type { Culprit } from './find-culprits.ts';

/** Without a route a wider one takes its requests; without the others a sidecar knows of no Service at a port, nor of its policies. */
const WAYS_IN: ReadonlySet<string> = new Set([
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  ...['EndpointSlice', 'Pod', 'Service'],
]);

/**
 * Throws where one that would be left out is of a Namespace with AccessPolicies: they could guard nothing there. For a start, at which
 * proxies have what guards it from before, and keep it as long as nobody tells them otherwise.
 */
export function refuseOpening(culprits: readonly Culprit[], documents: ReadonlyMap<string, Document>): void {
  const guarded = new Set<string>();
  for (const { kind, namespace } of documents.values()) if (kind === 'AccessPolicy') guarded.add(namespace);
  for (const { document, reason } of culprits) {
    if (document === undefined || !WAYS_IN.has(document.kind) || !guarded.has(document.namespace)) continue;
    const { kind, namespace, name } = document;
    throw new Error(
      `Weir fails on ${kind} ${namespace}/${name}, and AccessPolicies of its Namespace might guard nothing without it (${reasonWords(reason)}): ` +
        'this is a fault of Weir, please report it with the object; undo what was changed of it last',
      { cause: reason },
    );
  }
}
