// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { documentWords } from '../../documents/index.ts';
import type { Document } from '../../documents/index.ts';
import type { Culprit } from './find-culprits.ts';

/** Without a route a wider one takes its requests; without the others a sidecar knows of no Service at a port, nor of its policies. */
const WAYS_IN: ReadonlySet<string> = new Set([
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  ...['EndpointSlice', 'Pod', 'Service'],
]);

/**
 * Throws where one that would be left out is of a Namespace with AccessPolicies, which could guard nothing there, or the XMesh that says what is
 * let out. For a start, at which proxies have from before what guards it, and keep that as long as nobody tells them otherwise.
 */
export function refuseOpening(culprits: readonly Culprit[], documents: ReadonlyMap<string, Document>): void {
  const guarded = new Set<string>();
  for (const { kind, namespace } of documents.values()) if (kind === 'AccessPolicy') guarded.add(namespace);
  for (const { document, reason } of culprits) {
    if (document === undefined || !opensWithout(document, guarded)) continue;
    throw new Error(
      `Weir fails on ${documentWords(document)}, without which what it guards might be open (${reasonWords(reason)}): ` +
        'this is a fault of Weir, please report it with the object; undo what was changed of it last',
      { cause: reason },
    );
  }
}

function opensWithout({ kind, namespace }: Document, guarded: ReadonlySet<string>): boolean {
  return kind === 'XMesh' || (WAYS_IN.has(kind) && guarded.has(namespace));
}
