// SPDX-License-Identifier: Apache-2.0
import { DEPLOYMENT_ANNOTATION, POD_TEMPLATE_HASH, PROMOTED_GATE } from '@weir/policy/resolve';
import type { GatedPod } from '@weir/kubernetes';
import type { Document } from '@weir/policy/documents';

/** Pods that do not count as ready because a Rollout holds, or held, them back. */
export function gatedPods(documents: ReadonlyMap<string, Document>): readonly GatedPod[] {
  const found: GatedPod[] = [];
  // Of thousands of Pods, few have the gate.
  for (const document of documents.values()) if (isGated(document)) found.push(gatedPod(document));
  return found;
}

function isGated(document: Document): boolean {
  if (document.kind !== 'Pod') return false;
  const { spec, status } = document;
  if (spec.readinessGates?.some(({ conditionType }) => conditionType === PROMOTED_GATE) !== true) return false;
  return status?.conditions?.some(({ type, status: is }) => type === PROMOTED_GATE && is === 'True') !== true;
}

function gatedPod({ namespace, name, labels, annotations }: Document): GatedPod {
  return { namespace, name, deployment: annotations[DEPLOYMENT_ANNOTATION], hash: labels[POD_TEMPLATE_HASH] };
}
