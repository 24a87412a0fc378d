// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';

export type RolloutDocument = DocumentOf<'Rollout'>;

/** What divides a Service's calls now. */
export type SplitInForce = NonNullable<NonNullable<RolloutDocument['status']>['split']>;

/** Which step nobody has taken yet. */
const NO_STEP = 'none';

/** The Rollout that a Service comes under; of several the oldest, then the first by name. */
export function rolloutOf(lookup: Lookup, namespace: string, service: string): RolloutDocument | undefined {
  return lookup.rolloutsOf(namespace, service).toSorted(byAge)[0];
}

/**
 * The Rollout that a Deployment comes under, by the same rule: its gates open for all at once, so that two would wait for each other. Of those that
 * have no say at their Service none is counted.
 */
export function rolloutOfDeployment(lookup: Lookup, namespace: string, deployment: string): RolloutDocument | undefined {
  const found = [...lookup.namesIn('Rollout', namespace)].flatMap(name => lookup.get('Rollout', namespace, name) ?? []);
  return found
    .filter(({ spec }) => spec.revisions.deployment?.name === deployment)
    .filter(one => rolloutOf(lookup, namespace, one.spec.targetRef.name) === one)
    .toSorted(byAge)[0];
}

function byAge(left: RolloutDocument, right: RolloutDocument): number {
  return left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1);
}

/**
 * What a Rollout's status says, and before it says anything: all calls to stable where that is a Service of its own; undefined = the
 * Service's endpoints are all of one revision.
 */
export function splitInForce({ spec, status }: RolloutDocument): SplitInForce | undefined {
  if (status?.split !== undefined) return status.split;
  const { services } = spec.revisions;
  return services && { step: NO_STEP, stable: services.stable, candidateShare: 0, mirrorShare: 0 };
}

/** Of a revision that is a Service: `SERVICE`, or `SERVICE@REVISION` as its annotation says. */
export function serviceOfRevision(revision: string): string {
  return revision.split('@', 1)[0] ?? revision;
}

/** Services whose endpoints serve for another one, as its Rollout has it. */
export function revisionServicesOf(rollout: RolloutDocument | undefined): readonly string[] {
  const services = rollout?.spec.revisions.services;
  if (rollout === undefined || services === undefined) return [];
  const { stable, candidate } = splitInForce(rollout) ?? {};
  const inForce = [stable, candidate].flatMap(revision => (revision === undefined ? [] : serviceOfRevision(revision)));
  return [...new Set([services.stable, services.candidate, ...inForce])];
}
