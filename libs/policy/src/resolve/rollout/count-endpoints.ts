// SPDX-License-Identifier: Apache-2.0
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { collectEndpoints } from '../service/collect-endpoints.ts';
import { serviceOfRevision } from './rollout-in-force.ts';
import type { RolloutDocument } from './rollout-in-force.ts';

export interface RevisionEndpoints {
  /** Of the port that has fewest. */
  readonly ready: number;
  /** Those that are ready or on the way to it; at least 1. */
  readonly wanted: number;
}

/** Endpoints of a revision that is a Service, as far as they can be counted on. */
export function countEndpoints({ namespace }: RolloutDocument, revision: string, lookup: Lookup): RevisionEndpoints {
  const name = serviceOfRevision(revision);
  const slices = lookup.slicesOf(namespace, name);
  const ports = lookup.get('Service', namespace, name)?.spec.ports ?? [];
  const addresses = slices.flatMap(({ endpoints }) =>
    (endpoints ?? []).flatMap(({ addresses: own, conditions }) => (conditions?.terminating === true ? [] : own)),
  );
  const counts = ports.map(port => collectEndpoints(slices, port, { lookup }).length);
  return { ready: counts.length === 0 ? 0 : Math.min(...counts), wanted: Math.max(1, new Set(addresses).size) };
}
