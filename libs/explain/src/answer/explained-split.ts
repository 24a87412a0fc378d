// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import { WHOLE_SHARE } from '@weir/policy/snapshot';
import type { Backend, Split, SplitAssignment } from '@weir/policy/snapshot';
import { clientKeyReader, saltOf, splitPointOf } from '@weir/resilience';
import { SplitMatcher } from '@weir/routing';
import type { ExplainedCall } from '../explanation.ts';

/** How a Rollout divides a backend's calls, and to which revision this one goes and why; whether a fuse has blown, proxies know. */
export function explainedSplit(backend: Backend | undefined, exchange: Exchange | undefined): readonly ExplainedCall[] {
  const split = backend?.split;
  if (split === undefined) return [];
  const { rollout, step, stable, candidate, candidateShare, mirrorShare } = split;
  const shares = `${percent(candidateShare)} to ${candidate.revision}, ${percent(WHOLE_SHARE - candidateShare)} to ${stable.revision}`;
  const copies = mirrorShare === 0 ? '' : `, and copies of ${percent(mirrorShare)} of these to ${candidate.revision}`;
  const own = exchange === undefined ? '' : `; ${choiceOf(split, exchange)}`;
  return [{ field: 'split', value: shares + copies + own, from: `Rollout ${rollout}, step ${step}` }];
}

function choiceOf(split: Split, exchange: Exchange): string {
  const { stable, candidate, candidateShare, assignment } = split;
  const match = new SplitMatcher(split.matches).indexFor(exchange);
  if (match !== -1) return `this request to ${candidate.revision} by match ${match + 1}`;
  if (candidateShare === 0) return `this request to ${stable.revision}`;
  if (candidateShare === WHOLE_SHARE) return `this request to ${candidate.revision}`;
  if (assignment === undefined) return 'which of them is chance, request by request';
  const point = splitPointOf(clientKeyReader(assignment)(exchange), saltOf(split.rollout));
  const revision = point < candidateShare ? candidate.revision : stable.revision;
  return `this client to ${revision} by ${assignmentWords(assignment)}`;
}

function assignmentWords({ by, name, path }: SplitAssignment): string {
  return [by, name, path.join('.')].filter(word => word !== '').join(' ');
}

function percent(share: number): string {
  return `${(share * 100) / WHOLE_SHARE} %`;
}
