// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import { CONTROLLER_NAME, OWNER_ANNOTATION } from '@weir/policy/resolve';

/**
 * Namespace of the release of Weir that is to write in this cluster, where it is not this one: there is one set of webhooks, and one status
 * of each object. GatewayClasses say it; of several the oldest counts, so all replicas of all releases come to the same. Undefined = this one, or none says so.
 */
export function writingRelease(documents: ReadonlyMap<string, Document>, own: string): string | undefined {
  const [oldest] = documents
    .values()
    .flatMap(document => (isMarked(document) ? [document] : []))
    .toArray()
    .sort((left, right) => left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1));
  const owner = oldest?.annotations[OWNER_ANNOTATION];
  return owner === own ? undefined : owner;
}

function isMarked(document: Document): boolean {
  if (document.kind !== 'GatewayClass' || document.spec.controllerName !== CONTROLLER_NAME) return false;
  return document.annotations[OWNER_ANNOTATION] !== undefined;
}
