// SPDX-License-Identifier: Apache-2.0
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import type { Issue } from '../issue.ts';
import type { ServiceDocument } from '../service/service-port.ts';
import type { LeadingGateways } from './leading-gateways.ts';
import type { MeshPlace } from './mesh-names.ts';

/** Each workload that serves a port holds the list. */
export const MAX_BELIEVED_GATEWAYS = 64;

/** Undefined = one proxy serves all Gateways, and whatever leads somewhere is that one. */
export type Leading = Pick<LeadingGateways, 'at'> | undefined;

/** Whom those who serve a port believe about clients, sorted; the oldest, where there are more than are believed. */
export function believedGateways(place: MeshPlace, leading: Leading): readonly WorkloadIdentity[] | undefined {
  return leading?.at(place).slice(0, MAX_BELIEVED_GATEWAYS).sort();
}

/** Of whom nothing is believed who should be, as there are too many: clients of theirs whose credential is gone are refused. */
export function crowdIssues(document: ServiceDocument, places: readonly MeshPlace[], leading: Leading): readonly Issue[] {
  return places.flatMap(place => {
    const all = leading?.at(place) ?? [];
    const [first] = all.slice(MAX_BELIEVED_GATEWAYS);
    if (first === undefined) return [];
    return {
      document,
      severity: 'warning',
      code: 'too-many-gateways',
      path: 'metadata.name',
      message: `routes of ${all.length} Gateways lead to port ${place.port}, and sidecars believe the ${MAX_BELIEVED_GATEWAYS} oldest of them about clients: ${first} is the first that they do not`,
      hint: 'let several teams share a Gateway, or lead some of the Gateways to another Service with the same selector',
    };
  });
}
