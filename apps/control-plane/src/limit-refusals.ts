// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ControlPlaneEvent } from './control-plane-options.ts';

/** Of those kinds that anybody can cause who reaches the port. */
const REFUSALS: ReadonlySet<ControlPlaneEvent['kind']> = new Set<ControlPlaneEvent['kind']>([
  'api-refused',
  'not-certified',
  'peer-refused',
]);
const MAX_A_SECOND = 10;
const SECOND_MS = 1000;

type Tell = (event: ControlPlaneEvent) => void;

/** Tells of at most ten refusals a second, and then how many more there were: nobody can fill a log by asking. */
export function limitRefusals(tell: Tell, clock: Clock): Tell {
  let count = 0;
  const endSecond = (): void => {
    const omitted = count - MAX_A_SECOND;
    count = 0;
    if (omitted > 0) tell({ kind: 'note', text: `${omitted} more refusals within a second are not told` });
  };
  return event => {
    if (!REFUSALS.has(event.kind)) {
      tell(event);
      return;
    }
    if (count === 0) clock.after(SECOND_MS, endSecond);
    count += 1;
    if (count <= MAX_A_SECOND) tell(event);
  };
}
