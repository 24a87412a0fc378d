// SPDX-License-Identifier: Apache-2.0
import type { Paint } from '../terminal/paint.ts';
import { shorten } from './fit-text.ts';

/** Where a Rollout is shown. */
export interface RolloutScreen {
  /** Lines are no longer. */
  readonly columns: number;
  readonly paint: Paint;
  /** Steps beyond these are counted. */
  readonly maxSteps: number;
  /** One line for what may take several, and none that are empty. */
  readonly isBrief: boolean;
  /** Everything that is known, and not only what a rollout under way is watched for. */
  readonly isWhole: boolean;
}

const LABEL = 8;
/** What stands in front of everything but the head. */
export const GUTTER = 2 + LABEL + 1;

/** Lines with what they are about in front of the first one. */
export function labelled(label: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.map((line, i) => `  ${paint.dim((i === 0 ? label : '').padEnd(LABEL))} ${line}`);
}

const MAX_BAR = 40;

interface Bar {
  /** 0 to 1. What is not all is not full, and what is not nothing is not empty. */
  readonly share: number;
  /** Behind the bar, shortened where there is no room. */
  readonly words: string;
  readonly tone: 'good' | 'link' | 'warning';
}

/** A bar that is filled from the left, with words behind it. */
export function barLine({ share, words, tone }: Bar, screen: RolloutScreen): string {
  const room = screen.columns - GUTTER;
  const width = Math.min(MAX_BAR, Math.floor((room * 3) / 5));
  const rounded = Math.round(share * width);
  const filled = share > 0 && share < 1 ? Math.min(Math.max(rounded, 1), width - 1) : rounded;
  const drawn = screen.paint[tone]('█'.repeat(filled)) + screen.paint.dim('░'.repeat(width - filled));
  return `${drawn}  ${shorten(words, room - width - 2)}`;
}

/** A moment in UTC and whole seconds. */
export function momentText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`;
}

/** The time of the day of a moment, in UTC. */
export function timeText(atMs: number): string {
  return momentText(atMs).slice('YYYY-MM-DDT'.length);
}
