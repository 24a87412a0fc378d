// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { StepWait } from './rollout-plan.ts';

export const UNTIL_ARRIVAL: StepWait = { until: 'arrival', forMs: 0, then: 'Next', isJudged: false };
export const UNTIL_PERSON: StepWait = { until: 'person', forMs: 0, then: 'Person', isJudged: false };

/** Ends at the latest when the time is over, and only if the analysis lets it. */
export function untilVerdict(duration: string): StepWait {
  return { until: 'verdict', forMs: parseDuration(duration), then: 'Next', isJudged: true };
}

/** Ends when the time is over; without a time, when somebody says so. */
export function untilTime(duration: string | undefined, ending: Pick<StepWait, 'isJudged' | 'then'>): StepWait {
  return duration === undefined ? UNTIL_PERSON : { until: 'time', forMs: parseDuration(duration), ...ending };
}
