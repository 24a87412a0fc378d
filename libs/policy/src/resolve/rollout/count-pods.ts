// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { collectEndpoints } from '../service/collect-endpoints.ts';
import { revisionAt, revisionOfPods } from './pod-revision.ts';
import type { RolloutDocument } from './rollout-in-force.ts';

type Slice = DocumentOf<'EndpointSlice'>;

/**
 * How many Pods of each revision of a Deployment could serve its Service now, by hash: at the port that fewest serve. Pods that end are
 * in no count; those that a Rollout holds are, once all else is ready.
 */
export function countPods({ namespace, spec }: RolloutDocument, lookup: Lookup): Readonly<Record<string, number>> {
  const { name } = spec.targetRef;
  const service = lookup.get('Service', namespace, name)?.spec;
  const family = service?.ipFamilies?.[0];
  // A Service of both families lists each Pod twice.
  const slices = lookup.slicesOf(namespace, name).filter(({ addressType }) => family === undefined || addressType === family);
  const living = slices.map(withoutEnding);
  const hashes = new Set(living.flatMap(slice => (slice.endpoints ?? []).flatMap(one => revisionAt(slice, one, lookup) ?? [])));
  const counted = [...hashes].sort().map(hash => {
    const revision = revisionOfPods(hash, lookup);
    const counts = (service?.ports ?? []).map(port => collectEndpoints(living, port, { lookup, revision }).length);
    return [hash, counts.length === 0 ? 0 : Math.min(...counts)] as const;
  });
  return Object.fromEntries(counted);
}

function withoutEnding(slice: Slice): Slice {
  return { ...slice, endpoints: (slice.endpoints ?? []).filter(({ conditions }) => conditions?.terminating !== true) };
}
