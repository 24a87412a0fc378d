// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../../documents/index.ts';
import { documentKey } from '../../documents/index.ts';
import type { InventoryChange } from '../inventory/inventory.ts';
import { topicOf } from '../inventory/topic.ts';
import { identityOfPod, isLivePod } from './meshed-pod.ts';
import { isOurMesh } from './resolve-mesh.ts';
import { IDENTITY_ANNOTATION } from './workload-identity.ts';

/** Whether there is a mesh: as soon as an EndpointSlice says who serves at its endpoints, a Pod has a sidecar, or an XMesh is ours. */
export class MeshSwitch {
  isOn = false;
  /** Keys of the documents that ask for one. */
  private readonly reasons = new Set<string>();

  /** Topics that have changed with it. */
  apply({ upserted, removed }: InventoryChange): readonly string[] {
    for (const document of removed) this.reasons.delete(documentKey(document));
    for (const document of upserted) {
      if (asksForMesh(document)) this.reasons.add(documentKey(document));
      else this.reasons.delete(documentKey(document));
    }
    const wasOn = this.isOn;
    this.isOn = this.reasons.size > 0;
    return this.isOn === wasOn ? [] : [topicOf.mesh];
  }
}

function asksForMesh(document: Document): boolean {
  if (document.kind === 'EndpointSlice') return document.annotations[IDENTITY_ANNOTATION] !== undefined;
  if (document.kind === 'Pod') return isLivePod(document) && identityOfPod(document) !== undefined;
  return document.kind === 'XMesh' && isOurMesh(document);
}
