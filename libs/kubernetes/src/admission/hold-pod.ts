// SPDX-License-Identifier: Apache-2.0
import { DEPLOYMENT_ANNOTATION, POD_TEMPLATE_HASH, PROMOTED_GATE } from '@weir/policy/resolve';
import * as z from 'zod';
import { isHeldBack } from '../holding/holding-rollout.ts';
import type { HoldingRollout, RevisionPod } from '../holding/holding-rollout.ts';
import type { Admission, AdmissionRequest } from './admission-review.ts';
import { jsonPatch } from './json-patch.ts';

const texts = z.record(z.string(), z.string()).nullish();
const podSchema = z.looseObject({
  metadata: z.looseObject({
    labels: texts,
    annotations: texts,
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().nullish() })).nullish(),
  }),
  spec: z.looseObject({ readinessGates: z.array(z.looseObject({ conditionType: z.string() })).nullish() }),
});

type Pod = z.output<typeof podSchema>;

/**
 * Holds a Pod back that is being made and is of a revision that is not promoted: it gets a readiness gate that only Weir opens, so that nothing but
 * Weir sends requests to it. `rollouts`: those of its namespace, as they are now. Everything else passes as it is.
 */
export function holdPod({ operation, object }: AdmissionRequest, rollouts: readonly HoldingRollout[]): Admission {
  if (operation !== 'CREATE') return { kind: 'admitted' };
  const pod = podSchema.safeParse(object).data;
  const revision = pod && revisionOf(pod);
  if (pod === undefined || revision === undefined || !isHeldBack(revision, rollouts)) return { kind: 'admitted' };
  return { kind: 'admitted', patch: jsonPatch(pod, withGate(pod, revision.deployment)) };
}

/** A ReplicaSet of a Deployment has the Deployment's name, and the hash that its Pods are labelled with. */
function revisionOf({ metadata: { labels, ownerReferences } }: Pod): (RevisionPod & { readonly deployment: string }) | undefined {
  const hash = labels?.[POD_TEMPLATE_HASH];
  const owner = ownerReferences?.find(({ kind, controller }) => kind === 'ReplicaSet' && controller === true);
  if (hash === undefined || owner?.name.endsWith(`-${hash}`) !== true) return undefined;
  return { deployment: owner.name.slice(0, -hash.length - 1), hash };
}

function withGate(pod: Pod, deployment: string): Pod {
  const { metadata, spec } = pod;
  const others = (spec.readinessGates ?? []).filter(({ conditionType }) => conditionType !== PROMOTED_GATE);
  return {
    ...pod,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [DEPLOYMENT_ANNOTATION]: deployment } },
    spec: { ...spec, readinessGates: [...others, { conditionType: PROMOTED_GATE }] },
  };
}
