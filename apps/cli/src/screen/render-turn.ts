// SPDX-License-Identifier: Apache-2.0
import type { Paint } from '../terminal/paint.ts';

/** What happened to a Rollout. */
export interface Turn {
  /** `namespace/name`. */
  readonly rollout: string;
  readonly text: string;
  /** A person, `documents`, or `weir`. */
  readonly by: string;
}

/** A line for people. */
export function renderTurn({ rollout, text, by }: Turn, paint: Paint): string {
  return `${paint.strong('rollout')} ${rollout}: ${text}${by === 'weir' ? '' : ` (${by})`}\n`;
}
