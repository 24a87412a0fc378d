// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';

/**
 * Where a rotation stands. `Stable`: one root. `Introducing`: a new root is trusted beside the old one, which still issues. `Issuing`: the
 * new one issues, both are trusted. `Retiring`: the old root is trusted no longer. Each waits until all peers have followed.
 */
export type Phase = (typeof PHASES)[number];

const PHASES = ['Stable', 'Introducing', 'Issuing', 'Retiring'] as const;

/** What an authority must not forget. Generations are named by id; the files of others are of no use. */
export interface AuthorityState {
  readonly trustDomain: string;
  readonly phase: Phase;
  /** Counts the bundles that were given out. */
  readonly sequence: number;
  readonly current: string;
  /** The generation that is coming, in `Introducing` and `Issuing`; '' = none. */
  readonly next: string;
  /** No leaf was ever signed for longer. */
  readonly longestLeafMs: number;
  /** In `Issuing`: when the last leaf of the old root has expired, in milliseconds since the Unix epoch; 0 otherwise. */
  readonly oldLeavesEndMs: number;
}

/** Throws IdentityError `damaged-storage`. */
export function parseAuthorityState(json: string): AuthorityState {
  const found = parseObject(json);
  const text = (field: string): string => {
    const value: unknown = found[field];
    if (typeof value !== 'string') throw damaged(`${field} is no text`);
    return value;
  };
  const count = (field: string): number => {
    const value: unknown = found[field];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw damaged(`${field} is no whole number`);
    return value;
  };
  const phase = PHASES.find(name => name === text('phase'));
  if (phase === undefined) throw damaged(`phase is none of ${PHASES.join(', ')}`);
  return {
    trustDomain: text('trustDomain'),
    phase,
    sequence: count('sequence'),
    current: text('current'),
    next: text('next'),
    longestLeafMs: count('longestLeafMs'),
    oldLeavesEndMs: count('oldLeavesEndMs'),
  };
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(json);
    return { ...(typeof found === 'object' ? found : {}) };
  } catch {
    throw damaged('it is no JSON');
  }
}

function damaged(what: string): IdentityError {
  return new IdentityError('damaged-storage', {
    message: `the state of the authority cannot be read: ${what}`,
    hint: 'restore the directory from a backup; beginning anew with an empty one makes another root, and all proxies join again',
  });
}
