// SPDX-License-Identifier: Apache-2.0
import { NO_TRAFFIC, type PlanStep, type RolloutSpec, type Traffic } from './rollout-plan.ts';
import { UNTIL_ARRIVAL, untilTime, untilVerdict } from './step-wait.ts';

type Canary = NonNullable<RolloutSpec['strategy']['canary']>;
type WrittenStep = NonNullable<Canary['steps']>[number];

const PERCENT = 100;

/** Steps of a canary, with those of `linear` and `exponential` written out. */
export function canarySteps({ steps, linear, exponential }: Canary): readonly PlanStep[] {
  if (steps !== undefined) return writtenSteps(steps);
  if (linear !== undefined) return growingSteps(linear.by, share => share + linear.by, linear.every);
  if (exponential === undefined) return [];
  const { from, factor, every } = exponential;
  return growingSteps(from, share => share * factor, every);
}

/** Each share is kept for a while and judged; what reaches all requests is no step of its own. */
function growingSteps(first: number, next: (share: number) => number, every: string): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  for (let share = first; share < PERCENT; share = next(share)) {
    steps.push({
      words: `${share} % for ${every}`,
      traffic: { ...NO_TRAFFIC, candidateShare: share * PERCENT },
      wait: untilTime(every, { then: 'Next', isJudged: true }),
    });
  }
  return steps;
}

function writtenSteps(written: readonly WrittenStep[]): readonly PlanStep[] {
  let traffic = NO_TRAFFIC;
  return written.map(step => {
    traffic = trafficAfter(traffic, step);
    return { ...meaningOf(step), traffic };
  });
}

function trafficAfter(traffic: Traffic, { weight, match, mirror }: WrittenStep): Traffic {
  if (weight !== undefined) return { ...traffic, candidateShare: weight * PERCENT };
  if (match !== undefined) return { ...traffic, matches: match };
  return mirror === undefined ? traffic : { ...traffic, mirrorShare: mirror.percent * PERCENT };
}

function meaningOf({ weight, pause, match, mirror, analysis }: WrittenStep): Pick<PlanStep, 'wait' | 'words'> {
  if (weight !== undefined) return { words: `${weight} % of the requests`, wait: UNTIL_ARRIVAL };
  if (match !== undefined) return { words: 'requests that fit a match', wait: UNTIL_ARRIVAL };
  if (mirror !== undefined) return { words: `copies of ${mirror.percent} % of the requests`, wait: UNTIL_ARRIVAL };
  if (analysis !== undefined) return { words: `analysis for ${analysis.for}`, wait: untilVerdict(analysis.for) };
  const words = pause?.for === undefined ? 'pause until somebody promotes' : `pause of ${pause.for}`;
  return { words, wait: untilTime(pause?.for, { then: 'Next', isJudged: false }) };
}
