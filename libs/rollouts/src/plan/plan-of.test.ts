// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { specOf } from '../advance/walk/rollout-lab.ts';
import { planOf } from './plan-of.ts';
import type { PlanStep, RolloutSpec } from './rollout-plan.ts';

const hosts = [{ hosts: ['next.shop.example'] }];

/** A step in one line: what it does, what the candidate gets, and when it is over. */
function lineOf({ words, traffic, wait }: PlanStep): string {
  const { candidateShare, mirrorShare, matches } = traffic;
  const end = wait.until === 'time' || wait.until === 'verdict' ? `${wait.until} ${wait.forMs} ms then ${wait.then}` : wait.until;
  const parts = [words, `${candidateShare}/${mirrorShare}/${matches?.length ?? 0}`, end];
  return parts.join(' | ') + (wait.isJudged ? ' | judged' : '');
}

describe('planOf writes strategies out as steps', () => {
  it.each<readonly [string, RolloutSpec['strategy'], readonly string[]]>([
    [
      'steps, which add up',
      {
        canary: {
          steps: [{ match: hosts }, { weight: 5 }, { mirror: { percent: 10 } }, { pause: { for: '1m' } }, { pause: {} }],
        },
      },
      [
        'requests that fit a match | 0/0/1 | arrival',
        '5 % of the requests | 500/0/1 | arrival',
        'copies of 10 % of the requests | 500/1000/1 | arrival',
        'pause of 1m | 500/1000/1 | time 60000 ms then Next',
        'pause until somebody promotes | 500/1000/1 | person',
      ],
    ],
    [
      'linear, without what reaches all',
      { canary: { linear: { by: 40, every: '5m' } } },
      [
        '40 % for 5m | 4000/0/0 | time 300000 ms then Next | judged',
        '80 % for 5m | 8000/0/0 | time 300000 ms then Next | judged',
      ],
    ],
    ['linear, at once', { canary: { linear: { by: 100, every: '5m' } } }, []],
    [
      'exponential',
      { canary: { exponential: { from: 5, factor: 10, every: '1s' } } },
      ['5 % for 1s | 500/0/0 | time 1000 ms then Next | judged', '50 % for 1s | 5000/0/0 | time 1000 ms then Next | judged'],
    ],
    [
      'blue/green with everything',
      { blueGreen: { preview: hosts, analysis: { for: '1m' }, promotion: 'Manual' } },
      [
        'preview | 0/0/1 | arrival',
        'analysis for 1m | 0/0/1 | verdict 60000 ms then Next | judged',
        'pause until somebody promotes | 0/0/1 | person',
      ],
    ],
    ['blue/green by itself', { blueGreen: { promotion: 'Automatic' } }, []],
    [
      'requests that fit, and promotion if the analysis lets it',
      { match: { requests: hosts, for: '1h', end: 'Promote' } },
      ['requests that fit a match | 0/0/1 | time 3600000 ms then Next | judged'],
    ],
    [
      'requests that fit, and a person',
      { match: { requests: hosts, end: 'Abort' } },
      ['requests that fit a match | 0/0/1 | person'],
    ],
    [
      'copies, and a person when the time is over',
      { shadow: { percent: 20, for: '1h' } },
      ['copies of 20 % of the requests | 0/2000/0 | time 3600000 ms then Person'],
    ],
  ])('%s', (_, strategy, lines) => {
    expect(planOf(specOf({ strategy })).steps.map(lineOf)).toEqual(lines);
  });

  it('has the same fingerprint for the same steps, whatever else is written', () => {
    const strategy = { shadow: { percent: 20 } };
    const plan = planOf(specOf({ strategy }));
    expect(planOf(specOf({ strategy, paused: true, rollbackWindow: '1h' })).fingerprint).toBe(plan.fingerprint);
    expect(planOf(specOf({ strategy: { shadow: { percent: 30 } } })).fingerprint).not.toBe(plan.fingerprint);
  });

  it('knows durations in ms, and the defaults of an analysis that is not written', () => {
    expect(planOf(specOf({ strategy: { shadow: { percent: 20 } } }))).toMatchObject({
      form: 'services',
      hasAnalysis: false,
      onNotEnoughTraffic: 'Wait',
      onUndecided: 'Continue',
      rollbackWindowMs: 600_000,
      progressDeadlineMs: 600_000,
      absentProxies: { waitMs: 30_000, then: 'Wait' },
      gates: [],
      isPaused: false,
    });
  });
});
