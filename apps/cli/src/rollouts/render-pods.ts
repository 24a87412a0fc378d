// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { shorten } from './fit-text.ts';
import { GUTTER, labelled } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

/** The Pods of a Deployment's revisions, with the numbers that Kubernetes gives these; nothing where revisions are Services. */
export function podLines({ deployment, state }: RolloutView, { columns, paint }: RolloutScreen): readonly string[] {
  if (deployment === undefined) return [];
  const named = deployment.revisions.filter(({ revision }) => revision === state?.stable || revision === state?.candidate);
  const lines = named.map(({ revision, number, ready, wanted }) => {
    const counted = number === undefined ? '' : `, revision ${number} of Deployment ${deployment.name}`;
    return shorten(`${revision}  ${ready}/${wanted} can serve${counted}`, columns - GUTTER);
  });
  return labelled('pods', lines, paint);
}
