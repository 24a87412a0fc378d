// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';
import type { AuthorityState } from './authority-state.ts';

/** The next generation is made and stored: from now on it is trusted. */
export function introduce(state: AuthorityState, next: string): AuthorityState {
  return { ...state, phase: 'Introducing', next, sequence: state.sequence + 1 };
}

/** One step on, once all have followed the last one. Each changes the bundle, but for the last, which ends the rotation. */
export function step(state: AuthorityState, nowMs: number): AuthorityState {
  const sequence = state.sequence + 1;
  switch (state.phase) {
    case 'Introducing':
      // Everybody trusts the new root, so it may issue. No leaf of the old one was signed later than now.
      return { ...state, phase: 'Issuing', sequence, oldLeavesEndMs: nowMs + state.longestLeafMs };
    case 'Issuing':
      return { ...state, phase: 'Retiring', sequence, current: state.next, next: '', oldLeavesEndMs: 0 };
    case 'Retiring':
      return { ...state, phase: 'Stable' };
    case 'Stable':
      return state;
  }
}

/** Back to the old root alone; only as long as nothing was signed by the new one. */
export function abandon(state: AuthorityState): AuthorityState {
  if (state.phase === 'Stable') return state;
  if (state.phase === 'Introducing') return { ...state, phase: 'Stable', next: '', sequence: state.sequence + 1 };
  throw new IdentityError('wrong-phase', {
    message: `the rotation is ${state.phase}: peers have leaves of the new root already`,
    hint: 'let it end, and rotate once more if the new root is not to stay',
  });
}

/** The generation that signs leaves. */
export function issuingGeneration({ phase, current, next }: AuthorityState): string {
  return phase === 'Issuing' ? next : current;
}

/** Those whose roots are trusted, the issuing one among them. */
export function trustedGenerations({ current, next }: AuthorityState): readonly string[] {
  return next === '' ? [current] : [current, next];
}
