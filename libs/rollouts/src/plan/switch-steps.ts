// SPDX-License-Identifier: Apache-2.0
import { NO_TRAFFIC, type PlanStep, type RolloutSpec, type Traffic } from './rollout-plan.ts';
import { UNTIL_ARRIVAL, UNTIL_PERSON, untilTime, untilVerdict } from './step-wait.ts';

type Strategy = RolloutSpec['strategy'];

const PERCENT = 100;

/** Of strategies that go from few or no requests to all of them at once. */
export function blueGreenSteps({ preview, analysis, promotion }: NonNullable<Strategy['blueGreen']>): readonly PlanStep[] {
  const traffic: Traffic = preview === undefined ? NO_TRAFFIC : { ...NO_TRAFFIC, matches: preview };
  const steps: PlanStep[] = [];
  if (preview !== undefined) steps.push({ words: 'preview', traffic, wait: UNTIL_ARRIVAL });
  if (analysis !== undefined) steps.push({ words: `analysis for ${analysis.for}`, traffic, wait: untilVerdict(analysis.for) });
  if (promotion === 'Manual') steps.push({ words: 'pause until somebody promotes', traffic, wait: UNTIL_PERSON });
  return steps;
}

const AFTER_MATCH = { Abort: 'Abort', Promote: 'Next', Wait: 'Person' } as const;

export function matchSteps({ requests, for: time, end }: NonNullable<Strategy['match']>): readonly PlanStep[] {
  const wait = untilTime(time, { then: AFTER_MATCH[end], isJudged: end === 'Promote' });
  return [{ words: 'requests that fit a match', traffic: { ...NO_TRAFFIC, matches: requests }, wait }];
}

export function shadowSteps({ percent, for: time }: NonNullable<Strategy['shadow']>): readonly PlanStep[] {
  const traffic: Traffic = { ...NO_TRAFFIC, mirrorShare: percent * PERCENT };
  return [
    { words: `copies of ${percent} % of the requests`, traffic, wait: untilTime(time, { then: 'Person', isJudged: false }) },
  ];
}
