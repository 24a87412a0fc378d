// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

const MAX_A_SECOND = 10;
const SECOND_MS = 1000;

export interface TenASecondOptions<Told> {
  readonly clock: Clock;
  readonly tell: (told: Told) => void;
  /** At the end of a second in which there were more: how many more. */
  readonly onOmitted: (count: number) => void;
}

/** Tells of at most ten a second, and then how many more there were: nobody can fill a log with what anybody can cause. */
export function tenASecond<Told>({ clock, tell, onOmitted }: TenASecondOptions<Told>): (told: Told) => void {
  let count = 0;
  const endSecond = (): void => {
    const omitted = count - MAX_A_SECOND;
    count = 0;
    if (omitted > 0) onOmitted(omitted);
  };
  return told => {
    if (count === 0) clock.after(SECOND_MS, endSecond);
    count += 1;
    if (count <= MAX_A_SECOND) tell(told);
  };
}
