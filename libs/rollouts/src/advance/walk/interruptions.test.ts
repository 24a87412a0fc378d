// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { planOf } from '../../plan/plan-of.ts';
import type { RolloutSpec } from '../../plan/rollout-plan.ts';
import type { RolloutFacts } from '../rollout-facts.ts';
import { RolloutLab, specOf } from './rollout-lab.ts';
import { walk, type WalkRow } from './walk.ts';

const linear: RolloutSpec['strategy'] = { canary: { linear: { by: 50, every: '1m' } } };
const gate = { url: 'http://gate.example', timeout: '10s' };

describe('walks that something comes in the way of', () => {
  it.each([
    ['a newer revision, in Keeping', '10m', 'v3 offered', '3s | Aborting | 0/1 | v1 > v2 0 % | Proxies'],
    ['a newer revision, in Retiring', '0s', 'v3 offered', '3s | Aborting | 0/1 | v1 > v2 0 % | Proxies'],
    ['stable, in Retiring', '0s', 'v1 offered', '3s | Aborting | 0/1 | v1 > v2 0 % | Proxies'],
  ] as const)('of a Deployment, whose held Pods Kubernetes ends at once: %s', (_, rollbackWindow, offered, row) => {
    const lab = new RolloutLab({
      ...{ strategy: { blueGreen: { promotion: 'Automatic' } }, revisions: { deployment: { name: 'shop' } }, rollbackWindow },
    });
    const phase = rollbackWindow === '0s' ? 'Retiring | 1/1 | (v1)' : 'Keeping | 1/1 arrived | v1';
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/1 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Promoting | 1/1 | v1 > v2 100 % | Proxies'],
      [1, 'acks', `2s | ${phase} > v2 100 % | ${rollbackWindow === '0s' ? 'Proxies' : 'Time'}`],
      // Also where proxies have answered meanwhile: gates of Pods that are ended do not open.
      [1, `${offered}, v2 not ready, acks`, row],
      [
        1,
        'acks',
        offered === 'v1 offered' ? '4s | Stable | - | v1 > v2 0 % | Nothing' : '4s | Preparing | 0/1 | v1 > v3 0 % | Proxies',
      ],
    ];
    expect(walk(lab, rows)).toEqual(rows);
    expect(lab.state).toMatchObject({ stable: 'v1' });
    expect(lab.state.openGates).toBeUndefined();
  });

  it('gates in front of the start, each step and promotion', () => {
    const lab = new RolloutLab({
      strategy: linear,
      gates: [
        { ...gate, name: 'boss', before: 'Start' },
        { ...gate, name: 'ops', before: 'Step' },
        { ...gate, name: 'boss2', before: 'Promotion' },
      ],
    });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Preparing | 0/2 arrived | v1 > v2 0 % | Gate'],
      [1, 'promote', '2s | Preparing | 0/2 arrived | v1 > v2 0 % | Gate'],
      [1, 'agree', '3s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'acks', '4s | Progressing | 1/2 arrived | v1 > v2 50 % | Time'],
      [60, '', '64s | Progressing | 1/2 arrived | v1 > v2 50 % | Gate'],
      [1, 'agree', '65s | Promoting | 2/2 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '66s | Keeping | 2/2 arrived | v1 > v2 100 % | Time'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('a gate that refuses', () => {
    const lab = new RolloutLab({ strategy: linear, gates: [{ ...gate, name: 'boss', before: 'Start' }] });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Preparing | 0/2 arrived | v1 > v2 0 % | Gate'],
      [1, 'refuse', '2s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('pauses, during which progressDeadline does not run', () => {
    const lab = new RolloutLab({ strategy: linear });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'pause', '2s | Progressing | 1/2 | v1 > v2 50 % | Pause'],
      [700, 'one of 2 acks', '702s | Progressing | 1/2 | v1 > v2 50 % | Pause'],
      [1, 'acks', '703s | Progressing | 1/2 arrived | v1 > v2 50 % | Pause'],
      [100, '', '803s | Progressing | 1/2 arrived | v1 > v2 50 % | Pause'],
      [1, 'promote', '804s | Promoting | 2/2 | v1 > v2 100 % | Pause'],
      [1, 'acks', '805s | Promoting | 2/2 arrived | v1 > v2 100 % | Pause'],
      [1, 'resume', '806s | Keeping | 2/2 arrived | v1 > v2 100 % | Time'],
      [1, 'pause', '807s | Keeping | 2/2 arrived | v1 > v2 100 % | Pause'],
      [1000, 'blows', '1807s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('progressDeadline runs for a proxy that refuses, and not for one that is gone', () => {
    const lab = new RolloutLab({ strategy: linear });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'p2 refuses', '2s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [29, 'p2 refuses', '31s | Progressing | 1/2 | v1 > v2 50 % | AbsentProxies'],
      [500, 'p2 is gone', '531s | Progressing | 1/2 | v1 > v2 50 % | AbsentProxies'],
      [500, 'p2 is gone', '1031s | Progressing | 1/2 | v1 > v2 50 % | AbsentProxies'],
      [1, 'p2 refuses', '1032s | Progressing | 1/2 | v1 > v2 50 % | AbsentProxies'],
      [600, 'p2 refuses', '1632s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
    expect(lab.state.aborted?.reason).toBe('p2 did not take a step within 10m.');
  });

  it('absent proxies with Continue: the step counts, the former revision stays for them', () => {
    const lab = new RolloutLab({ strategy: linear, absentProxies: { wait: '30s', then: 'Continue' }, rollbackWindow: '1m' });
    const rows: readonly WalkRow[] = [
      [0, 'v2 offered', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'p2 is gone', '2s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [30, 'p2 is gone', '32s | Progressing | 1/2 arrived | v1 > v2 50 % | Time'],
      [60, '', '92s | Promoting | 2/2 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '93s | Keeping | 2/2 arrived | v1 > v2 100 % | Time'],
      [60, 'p2 is gone', '153s | Draining | 2/2 arrived | v1 > v2 100 % | AbsentProxies'],
      [1, 'p2 is gone', '154s | Draining | 2/2 arrived | v1 > v2 100 % | AbsentProxies'],
      [1, 'promote', '155s | Draining | 2/2 arrived | v1 > v2 100 % | Proxies'],
      [1, 'promote full', '156s | Retiring | 2/2 | (v1) > v2 100 % | Proxies'],
      [1, 'acks', '157s | Stable | - | (v1) > v2 100 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('absent proxies with Abort', () => {
    const lab = new RolloutLab({ strategy: linear, absentProxies: { wait: '30s', then: 'Abort' } });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'p2 is gone', '2s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [30, 'p2 is gone', '32s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [60, 'p2 is gone', '92s | Aborting | 0/2 | v1 > v2 0 % | AbsentProxies'],
      [1, 'acks', '93s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('held Pods that cannot carry a share', () => {
    const lab = new RolloutLab({ strategy: linear });
    const rows: readonly WalkRow[] = [
      [0, 'v2 carries 20 %', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Preparing | 0/2 arrived | v1 > v2 0 % | Capacity'],
      [1000, '', '1001s | Preparing | 0/2 arrived | v1 > v2 0 % | Capacity'],
      [1, 'promote full', '1002s | Preparing | 0/2 arrived | v1 > v2 0 % | Capacity'],
      [1, 'v2 ready', '1003s | Promoting | 2/2 | v1 > v2 100 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
    expect(lab.state.stable).toBe('v1');
  });

  it('a new revision that loses its endpoints: the former one, which stands in, is not taken away', () => {
    const lab = new RolloutLab({ strategy: { canary: { linear: { by: 100, every: '1m' } } }, rollbackWindow: '1m' });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/1 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Promoting | 1/1 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '2s | Keeping | 1/1 arrived | v1 > v2 100 % | Time'],
      [60, 'v2 not ready, acks', '62s | Draining | 1/1 arrived | v1 > v2 100 % | Capacity'],
      [1000, 'acks', '1062s | Draining | 1/1 arrived | v1 > v2 100 % | Capacity'],
      [1, 'v2 ready, acks', '1063s | Retiring | 1/1 | (v1) > v2 100 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('another revision in each phase', () => {
    const lab = new RolloutLab({ strategy: linear, rollbackWindow: '1h' });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'acks', '2s | Progressing | 1/2 arrived | v1 > v2 50 % | Time'],
      [1, 'v3 offered', '3s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '4s | Preparing | 0/2 | v1 > v3 0 % | Proxies'],
      [1, 'acks', '5s | Progressing | 1/2 | v1 > v3 50 % | Proxies'],
      [1, 'acks', '6s | Progressing | 1/2 arrived | v1 > v3 50 % | Time'],
      [60, 'acks', '66s | Promoting | 2/2 | v1 > v3 100 % | Proxies'],
      [1, 'acks', '67s | Keeping | 2/2 arrived | v1 > v3 100 % | Time'],
      [1, 'v2 offered, acks', '68s | Retiring | 2/2 | (v1) > v3 100 % | Proxies'],
      [1, 'acks', '69s | Preparing | 0/2 | v3 > v2 0 % | Proxies'],
      [1, 'acks', '70s | Progressing | 1/2 | v3 > v2 50 % | Proxies'],
      [1, 'v3 offered', '71s | Aborting | 0/2 | v3 > v2 0 % | Proxies'],
      [1, 'acks', '72s | Stable | - | v3 > v2 0 % | Nothing'],
      [1, 'promote', '73s | Stable | - | v3 > v2 0 % | Nothing'],
      [1, 'v2 offered', '74s | Preparing | 0/2 | v3 > v2 0 % | Proxies'],
      [0, 'abort', '74s | Aborting | 0/2 | v3 > v2 0 % | Proxies'],
      [1, 'retry', '75s | Aborting | 0/2 | v3 > v2 0 % | Proxies'],
      [1, 'acks', '76s | Aborted | 0/2 arrived | v3 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('stable is offered again while the former revision is kept', () => {
    const lab = new RolloutLab({ strategy: linear, rollbackWindow: '1h' });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'promote full', '2s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'acks', '3s | Promoting | 2/2 | v1 > v2 100 % | Proxies'],
      [1, 'acks', '4s | Keeping | 2/2 arrived | v1 > v2 100 % | Time'],
      [100, 'v1 offered', '104s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '105s | Stable | - | v1 > v2 0 % | Nothing'],
      [1, 'abort', '106s | Stable | - | v1 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it('nothing aborts by itself into a revision without endpoints', () => {
    const lab = new RolloutLab({ strategy: linear });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
      [1, 'acks', '2s | Progressing | 1/2 arrived | v1 > v2 50 % | Time'],
      [1, 'v1 not ready, blows', '3s | Progressing | 1/2 arrived | v1 > v2 50 % | StableEndpoints'],
      [100, 'acks, blows', '103s | Progressing | 1/2 arrived | v1 > v2 50 % | StableEndpoints'],
      [1, 'abort', '104s | Aborting | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '105s | Aborted | 0/2 arrived | v1 > v2 0 % | Nothing'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
  });

  it.each<[string, Partial<RolloutFacts>]>([
    ['other steps', { plan: planOf(specOf({ strategy: { canary: { linear: { by: 25, every: '10s' } } } })) }],
    ['a third revision', { offered: 'v3' }],
  ])('nothing begins anew at 0 % while stable has no endpoints, with %s neither', (_, change) => {
    const lab = new RolloutLab({ strategy: linear });
    const rows: readonly WalkRow[] = [
      [0, '', '0s | Preparing | 0/2 | v1 > v2 0 % | Proxies'],
      [1, 'acks', '1s | Progressing | 1/2 | v1 > v2 50 % | Proxies'],
    ];
    expect(walk(lab, rows)).toEqual(rows);
    lab.facts = { ...lab.facts, ...change };
    const held: readonly WalkRow[] = [
      [1, 'v1 not ready, acks', '2s | Progressing | 1/2 arrived | v1 > v2 50 % | StableEndpoints'],
    ];
    expect(walk(lab, held)).toEqual(held);
    lab.facts = { ...lab.facts, revisions: { ...lab.facts.revisions, v1: { ready: 1, wanted: 1 } } };
    lab.look(1);
    expect(lab.state.split).toMatchObject({ candidate: 'v2', candidateShare: 0 });
  });
});
