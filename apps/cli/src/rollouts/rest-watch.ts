// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { isResting } from './progress-text.ts';

type State = NonNullable<RolloutView['state']>;

/** `promoted`: the new revision has become stable. `aborted`: it has not. */
export type Rest = 'aborted' | 'promoted';

/** Tells when a Rollout has come to rest. One that rests from the beginning is waited for until something has happened. */
export class RestWatch {
  private first: State | undefined;
  private hasMoved = false;

  /** What it came to; undefined = it goes on, or has not begun. To be called with each state in turn. */
  look(state: State | undefined): Rest | undefined {
    if (state === undefined) return undefined;
    this.first ??= state;
    const { phase, sequence, completed } = this.first;
    this.hasMoved ||= !isResting(state) || state.phase !== phase || state.sequence !== sequence;
    if (!this.hasMoved || !isResting(state)) return undefined;
    return state.phase === 'Stable' && state.completed?.atMs !== completed?.atMs ? 'promoted' : 'aborted';
  }
}
