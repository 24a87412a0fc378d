// SPDX-License-Identifier: Apache-2.0
import { DEPLOYMENT_ANNOTATION, POD_TEMPLATE_HASH } from '@weir/policy/resolve';
import { isGateClosed } from '@weir/kubernetes';
import type { GatedPod } from '@weir/kubernetes';
import type { Document } from '@weir/policy/documents';

/** Pods that do not count as ready because a Rollout holds, or held, them back. */
export function gatedPods(documents: ReadonlyMap<string, Document>): readonly GatedPod[] {
  const found: GatedPod[] = [];
  // Of thousands of Pods, few have the gate.
  for (const document of documents.values()) {
    if (document.kind === 'Pod' && isGateClosed(document)) found.push(gatedPod(document));
  }
  return found;
}

function gatedPod({ namespace, name, labels, annotations }: Document): GatedPod {
  return { namespace, name, deployment: annotations[DEPLOYMENT_ANNOTATION], hash: labels[POD_TEMPLATE_HASH] };
}
