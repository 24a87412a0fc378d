// SPDX-License-Identifier: Apache-2.0
import type { Look, Turned } from '../look.ts';
import type { Phase } from '../../state/phase.ts';

/** A way from one phase to another. Of those that are due the first one of the table is taken. */
export interface Transition {
  readonly from: readonly Phase[];
  readonly to: Phase;
  /** For people: when it is taken. */
  readonly when: string;
  /** For people: what is in force from then on. */
  readonly effect: string;
  isDue(look: Look): boolean;
  take(look: Look): Turned;
}
