// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ControlPlaneEvent } from './control-plane-options.ts';
import { tenASecond } from './ten-a-second.ts';

/** Of those kinds that anybody can cause who reaches the port. */
const REFUSALS: ReadonlySet<ControlPlaneEvent['kind']> = new Set<ControlPlaneEvent['kind']>([
  'api-refused',
  'not-certified',
  'peer-refused',
]);

type Tell = (event: ControlPlaneEvent) => void;

/** Tells of at most ten refusals a second, and then how many more there were: nobody can fill a log by asking. */
export function limitRefusals(tell: Tell, clock: Clock): Tell {
  const tellRefusal = tenASecond({
    ...{ clock, tell },
    onOmitted: count => tell({ kind: 'note', text: `${count} more refusals within a second are not told` }),
  });
  return event => {
    if (REFUSALS.has(event.kind)) tellRefusal(event);
    else tell(event);
  };
}
