// SPDX-License-Identifier: Apache-2.0
import { formatCount } from './numbers.ts';

/** Requests to each revision; undefined of one that does not matter. */
interface Requests {
  readonly stable: number | undefined;
  readonly candidate: number;
}

/** Who has had fewer requests than it takes, in words; undefined if nobody has. */
export function tooFewRequests({ stable, candidate }: Requests, minimum: number): string | undefined {
  const missing = [
    ...(candidate < minimum ? [`${formatCount(candidate)} to the candidate`] : []),
    ...(stable !== undefined && stable < minimum ? [`${formatCount(stable)} to stable`] : []),
  ];
  return missing.length === 0
    ? undefined
    : `too few requests yet (${missing.join(', ')}), of ${formatCount(minimum)} that it takes`;
}
