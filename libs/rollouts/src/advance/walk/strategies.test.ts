// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { RolloutSpec } from '../../plan/rollout-plan.ts';
import { RolloutLab } from './rollout-lab.ts';
import { walk, type WalkRow } from './walk.ts';

const hosts = [{ hosts: ['next.shop.example'] }];

const analysis: NonNullable<RolloutSpec['analysis']> = {
  conditions: [{ name: 'errors', successRate: { maxDrop: 1 } }],
  minimumRequests: 100,
  falseAbortPercent: 1,
  onNotEnoughTraffic: 'Wait',
  onUndecided: 'Continue',
};

describe('walks of strategies', () => {
  it('canary with steps', () => {
    const lab = new RolloutLab({
      strategy: { canary: { steps: [{ weight: 5 }, { pause: { for: '1m' } }, { weight: 50 }, { analysis: { for: '5m' } }] } },
      analysis,
    });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/5 | v1 > v2 0 % | Proxies'],
      [1, 'one of 2 acks', '1s | Preparing | 0/5 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '2s | Progressing | 1/5 | v1 > v2 5 % | Proxies'],
      [1, 'acks', '3s | Progressing | 2/5 arrived | v1 > v2 5 % | Time'],
      [30, '', '33s | Progressing | 2/5 arrived | v1 > v2 5 % | Time'],
      [30, '', '63s | Progressing | 3/5 | v1 > v2 50 % | Proxies'],
      [1, 'acks', '64s | Progressing | 4/5 arrived | v1 > v2 50 % | Time'],
      [299, 'undecided', '363s | Progressing | 4/5 arrived | v1 > v2 50 % | Time'],
      [1, 'passes', '364s | Promoting | 5/5 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '365s | Keeping | 5/5 arrived | v1 > v2 100 % | Time'],
      [600, '', '965s | Draining | 5/5 arrived | v1 > v2 100 % | Proxies'],
      [1, 'requests left', '966s | Draining | 5/5 arrived | v1 > v2 100 % | InFlight'],
      [1, 'acks', '967s | Retiring | 5/5 | (v1) > v2 100 % | Proxies'],
      [1, 'acks', '968s | Stable | - | (v1) > v2 100 % | Nothing'],
      [1, 'undo', '969s | Stable | - | (v1) > v2 100 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('exponential canary: what is undecided goes on, too little traffic waits', () => {
    const lab = new RolloutLab({ strategy: { canary: { exponential: { from: 10, factor: 4, every: '1m' } } }, analysis });
    const rows: readonly WalkRow[] = [
      [0, 'acks', '0s | Preparing | 0/3 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/3 | v1 > v2 10 % | Proxies'],
      [1, 'acks', '2s | Progressing | 1/3 arrived | v1 > v2 10 % | Time'],
      [60, 'too few', '62s | Progressing | 1/3 arrived | v1 > v2 10 % | Traffic'],
      [60, 'undecided', '122s | Progressing | 2/3 | v1 > v2 40 % | Proxies'],
      [1, 'acks', '123s | Progressing | 2/3 arrived | v1 > v2 40 % | Time'],
      [60, 'passes', '183s | Promoting | 3/3 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '184s | Keeping | 3/3 arrived | v1 > v2 100 % | Time'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('blue/green with a preview, an analysis and a person', () => {
    const lab = new RolloutLab({
      strategy: { blueGreen: { preview: hosts, analysis: { for: '5m' }, promotion: 'Manual' } },
      analysis,
      rollbackWindow: '0s',
    });
    const rows: readonly WalkRow[] = [
      [0, 'v2 not ready', '0s | Preparing | 0/4 | v1 > v2 0 % | Readiness'],
      [60, 'acks', '60s | Preparing | 0/4 arrived | v1 > v2 0 % | Readiness'],
      [1, 'v2 ready, acks', '61s | Progressing | 1/4 | v1 > v2 0 % + matches | Proxies'],
      [1, 'acks', '62s | Progressing | 2/4 arrived | v1 > v2 0 % + matches | Time'],
      [20, 'passes', '82s | Progressing | 3/4 arrived | v1 > v2 0 % + matches | Person'],
      [1000, '', '1082s | Progressing | 3/4 arrived | v1 > v2 0 % + matches | Person'],
      [1, 'promote', '1083s | Promoting | 4/4 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '1084s | Retiring | 4/4 | (v1) > v2 100 % | Proxies'],
      [1, 'acks', '1085s | Stable | - | (v1) > v2 100 % | Nothing'],
      [1, 'acks', '1086s | Stable | - | (v1) > v2 100 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('requests that fit, which ends with abort, and is tried again', () => {
    const lab = new RolloutLab({ strategy: { match: { requests: hosts, for: '1h', end: 'Abort' } } });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 0 % + matches | Proxies'],
      [1, 'acks', '2s | Progressing | 1/2 arrived | v1 > v2 0 % + matches | Time'],
      [3600, '', '3602s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '3603s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
      [1, '', '3604s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
      [1, 'retry', '3605s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '3606s | Progressing | 1/2 | v1 > v2 0 % + matches | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('shadow, and a fuse that blows while the former revision is kept', () => {
    const lab = new RolloutLab({ strategy: { shadow: { percent: 20, for: '1h' } } });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 0 % + copies 20 % | Proxies'],
      [1, 'acks', '2s | Progressing | 1/2 arrived | v1 > v2 0 % + copies 20 % | Time'],
      [3600, '', '3602s | Progressing | 1/2 arrived | v1 > v2 0 % + copies 20 % | Person'],
      [1, 'promote', '3603s | Promoting | 2/2 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '3604s | Keeping | 2/2 arrived | v1 > v2 100 % | Time'],
      [1, 'blows', '3605s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '3606s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
    expect(lab.state.aborted).toMatchObject({ by: 'weir', reason: 'A fuse has blown (20 of 50 failed).' });
  });

  it('a Deployment, whose Pods are replaced at the end, or by a newer revision', () => {
    const lab = new RolloutLab({
      strategy: { blueGreen: { promotion: 'Automatic' } },
      revisions: { deployment: { name: 'shop' } },
      rollbackWindow: '0s',
    });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/1 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Promoting | 1/1 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '2s | Retiring | 1/1 | (v1) > v2 100 % | Proxies'],
      [1, 'acks', '3s | Retiring | 1/1 arrived | (v1) > v2 100 %, gates open | Deployment'],
      [1, 'acks', '4s | Retiring | 1/1 arrived | (v1) > v2 100 %, gates open | Deployment'],
      [1, 'finished', '5s | Stable | - | (v1) > v2 100 % | Nothing'],
      [1, 'v3 offered', '6s | Preparing | 0/1 | v2 > v3 0 % | Proxies'],
      [1, 'acks', '7s | Promoting | 1/1 | v2 > v3 100 % | Proxies'],
      [1, 'acks', '8s | Retiring | 1/1 | (v2) > v3 100 % | Proxies'],
      [1, 'acks', '9s | Retiring | 1/1 arrived | (v2) > v3 100 %, gates open | Deployment'],
      [1, 'acks', '10s | Retiring | 1/1 arrived | (v2) > v3 100 %, gates open | Deployment'],
      [1, 'v2 offered', '11s | Preparing | 0/1 | v3 > v2 0 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });
});
