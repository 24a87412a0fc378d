// SPDX-License-Identifier: Apache-2.0
import { CommandFailure, EXIT } from '../exit-code.ts';
import { nameOfUp } from './find-up.ts';
import type { FoundUp } from './find-up.ts';

/**
 * The one that is meant, by the Rollout that is asked for, `namespace/name`; undefined = all there are. Throws CommandFailure where that may
 * be several; undefined = there is none at all.
 */
export function chooseUp(ups: readonly FoundUp[], rollout: string | undefined): FoundUp | undefined {
  if (ups.length <= 1) return ups[0];
  const fitting = ups.filter(({ rollouts }) =>
    rollouts.some(({ namespace, name }) => rollout === undefined || rollout === `${namespace}/${name}`),
  );
  if (fitting.length === 1) return fitting[0];
  const which = fitting.length === 0 ? ups : fitting;
  const lines = which.map(({ socketPath }) => `    --up ${socketPath}`);
  throw new CommandFailure(
    EXIT.usage,
    `${which.length} of weir up run here, and ${fitting.length === 0 ? 'none of them has' : 'more than one has'} ${
      rollout === undefined ? 'Rollouts' : `a Rollout ${rollout}`
    }: name one\n${lines.join('\n')}`,
  );
}

/** What a person is told of who is asked. */
export function askedWords({ socketPath }: Pick<FoundUp, 'socketPath'>): string {
  return `weir up is asked, ${nameOfUp(socketPath)}: no control plane answers here`;
}
