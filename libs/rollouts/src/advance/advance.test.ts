// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { planOf } from '../plan/plan-of.ts';
import type { RolloutSpec } from '../plan/rollout-plan.ts';
import { arrived, RolloutLab, rowOf, specOf } from './walk/rollout-lab.ts';
import { walk } from './walk/walk.ts';

const linear: RolloutSpec['strategy'] = { canary: { linear: { by: 50, every: '1m' } } };
const HOUR_S = 3600;

function rows(lab: RolloutLab, moves: readonly (readonly [number, string])[]): string | undefined {
  return walk(
    lab,
    moves.map(([afterS, move]) => [afterS, move, '']),
  ).at(-1)?.[2];
}

/** At 50 %, which every proxy has. */
function halfway(written: Partial<RolloutSpec> = {}): RolloutLab {
  const lab = new RolloutLab({ strategy: linear, ...written });
  rows(lab, [
    [0, ''],
    [1, 'acks'],
    [1, 'acks'],
  ]);
  return lab;
}

describe('the wall clock', () => {
  it('goes back: time stands still until it is where it was, and nothing is lost', () => {
    const lab = halfway();
    lab.look(-HOUR_S, arrived(lab.state));
    expect(lab.state.message).toBe('50 % for 1m: until 2023-11-14T22:14:22Z.');
    lab.look(HOUR_S + 59);
    expect(lab.state.phase).toBe('Progressing');
    lab.look(1);
    expect(lab.state.phase).toBe('Promoting');
  });

  it('says where it was in what is requested while it is behind', () => {
    const lab = halfway();
    const { arrivedAtMs } = lab.state.step!;
    lab.look(-HOUR_S, { request: lab.ask('abort') });
    expect(lab.state.step?.requestedAtMs).toBe(arrivedAtMs);
  });
});

describe('what is told', () => {
  it('is each turn once, by whom and about what', () => {
    const lab = new RolloutLab({ strategy: linear });
    const news = [lab.look(0), lab.look(1, arrived(lab.state)), lab.look(1, arrived(lab.state)), lab.look(1), lab.look(1)];
    expect(news.flatMap(turn => turn.news.map(({ type, by, words }) => `${type} by ${by}: ${words}`))).toEqual([
      'Started by documents: The rollout of v2 begins; v1 has all requests.',
      'StepApplied by weir: Step 0 of 2 (getting ready, without requests) is with 2 of 2 proxies.',
      'StepRequested by weir: Step 1 of 2: 50 % for 1m.',
      'StepApplied by weir: Step 1 of 2 (50 % for 1m) is with 2 of 2 proxies.',
    ]);
    expect(new Set(news.flatMap(turn => turn.news.map(({ id }) => id))).size).toBe(4);
  });

  it('is what somebody should know when it begins to be waited for', () => {
    const lab = new RolloutLab({ strategy: { shadow: { percent: 10 } } });
    lab.look(0);
    lab.look(1, arrived(lab.state));
    const { news } = lab.look(1, arrived(lab.state));
    expect(news.map(({ type }) => type)).toEqual(['StepApplied', 'Waiting']);
    expect(lab.look(1).news).toEqual([]);
  });

  it('is a fuse that has blown, and that it was aborted', () => {
    const lab = halfway();
    const { news } = lab.look(1, { blown: { step: lab.state.split!.step, words: '20 of 50 failed' } });
    expect(news.map(({ type }) => type)).toEqual(['FuseBlown', 'Aborted']);
  });
});

describe('documents that change', () => {
  it('begins anew where the steps are others, and goes on where anything else is', () => {
    const lab = halfway();
    lab.facts = { ...lab.facts, plan: planOf(specOf({ strategy: linear, rollbackWindow: '1h' })) };
    lab.look(1);
    expect(rowOf(lab)).toBe('3s | Progressing | 1/2 arrived | v1 > v2 50 % | Time');
    lab.facts = { ...lab.facts, plan: planOf(specOf({ strategy: { canary: { linear: { by: 60, every: '1m' } } } })) };
    const { news } = lab.look(1);
    expect(rowOf(lab)).toBe('4s | Preparing | 0/2 | v1 > v2 0 % | Proxies');
    expect(news.map(({ type }) => type)).toEqual(['PlanChanged', 'Started']);
  });

  it('pauses and resumes by spec.paused, which a request does not take away', () => {
    const lab = halfway();
    lab.facts = { ...lab.facts, plan: { ...lab.facts.plan, isPaused: true } };
    lab.look(100);
    expect(lab.state).toMatchObject({
      phase: 'Progressing',
      waitingFor: 'Pause',
      paused: { by: 'spec.paused', isWritten: true },
    });
    lab.look(1, { request: lab.ask('resume') });
    expect(lab.state.lastRequest).toMatchObject({
      isAccepted: false,
      answer: 'The document says spec.paused: true; take that out.',
    });
    lab.facts = { ...lab.facts, plan: { ...lab.facts.plan, isPaused: false } };
    lab.look(1);
    expect(lab.state).toMatchObject({ phase: 'Promoting' });
    expect(lab.state.paused).toBeUndefined();
  });

  it('does not ask a gate any more that is not written any more', () => {
    const gate = { name: 'boss', url: 'http://gate.example', before: 'Start', timeout: '10s' } as const;
    const lab = new RolloutLab({ strategy: linear, gates: [gate] });
    lab.look(0);
    lab.look(1, arrived(lab.state));
    expect(lab.state.gates?.waiting).toEqual(['boss']);
    lab.facts = { ...lab.facts, plan: { ...lab.facts.plan, gates: [] } };
    lab.look(1);
    expect(lab.state.phase).toBe('Progressing');
  });
});

describe('gates', () => {
  it('that have agreed are not asked again by whoever leads next', () => {
    const gate = { url: 'http://gate.example', before: 'Start', timeout: '10s' } as const;
    const gates = ['ada', 'bob'].map(name => ({ ...gate, name }));
    const lab = new RolloutLab({ strategy: linear, gates });
    lab.look(0);
    lab.look(1, arrived(lab.state));
    lab.look(1, { gates: { id: lab.state.gates!.id, answers: { ada: 'yes' } } });
    expect(lab.state.gates?.waiting).toEqual(['bob']);
    expect(lab.state.message).toBe('Waits for gate bob to agree.');
    lab.look(1, { gates: { id: lab.state.gates!.id, answers: { bob: 'yes' } } });
    expect(lab.state.phase).toBe('Progressing');
  });
});

describe('conditions', () => {
  it('say since when they are what they are', () => {
    const lab = halfway();
    const statuses = (): readonly string[] =>
      lab.state.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    expect(statuses()).toEqual(['Progressing True Progressing', 'Paused False NotPaused', 'Stalled False Time']);
    const [progressing] = lab.state.conditions;
    lab.look(1, { request: lab.ask('abort') });
    lab.look(1, arrived(lab.state));
    expect(statuses()).toEqual(['Progressing False Aborted', 'Paused False NotPaused', 'Stalled True Aborted']);
    expect(lab.state.conditions[0]!.sinceMs).toBe(progressing!.sinceMs + 4000);
    expect(lab.state.conditions[1]!.sinceMs).toBe(progressing!.sinceMs);
  });
});

describe('names of proxies', () => {
  it('are as many as a status can hold, and how many more there are', () => {
    const lab = halfway();
    lab.look(60);
    const gone = Array.from({ length: 25 }, (_, i) => `p${i}`);
    const arrival = { step: lab.state.split!.step, of: 30, acked: 5, waiting: [], refusing: [], gone, unheard: [] };
    lab.look(1, { arrival });
    expect(lab.state.proxies).toEqual({ acked: 5, of: 30, late: [], more: 0 });
    lab.look(30, { arrival });
    expect(lab.state.proxies).toEqual({ acked: 5, of: 30, late: gone.slice(0, 10), more: 15 });
    expect(lab.state.message).toContain('p0, p1, p2 and 22 more have not taken this within 30s');
  });
});

describe('analysis steps without conditions', () => {
  it('wait for a person rather than pass', () => {
    const lab = new RolloutLab({ strategy: { blueGreen: { analysis: { for: '1m' }, promotion: 'Automatic' } } });
    expect(
      rows(lab, [
        [0, ''],
        [1, 'acks'],
        [HOUR_S, ''],
      ]),
    ).toBe('3601s | Progressing | 1/2 arrived | v1 > v2 0 % | Person');
    expect(lab.state.message).toContain('write spec.analysis');
  });
});

describe('what an analysis has said of one step', () => {
  it('decides nothing of the next one', () => {
    const analysis = { for: '1m' };
    const conditions = [{ name: 'errors', successRate: { maxDrop: 1 } }];
    const lab = new RolloutLab({
      strategy: { canary: { steps: [{ weight: 5 }, { analysis }, { analysis }] } },
      ...{
        analysis: { conditions, minimumRequests: 100, falseAbortPercent: 1, onNotEnoughTraffic: 'Wait', onUndecided: 'Wait' },
      },
    });
    lab.look(0);
    lab.look(1, arrived(lab.state));
    lab.look(1, arrived(lab.state));
    const verdict = { step: lab.state.step!.id, outcome: 'pass', words: 'as well as stable' } as const;
    lab.look(1, { verdict });
    expect(lab.state.step?.index).toBe(3);
    lab.look(61, { verdict });
    expect(lab.state).toMatchObject({ step: { index: 3 }, waitingFor: 'Decision' });
  });
});

describe('promote while the former revision is kept', () => {
  it.each(['promote', 'promote full'])('%s ends the window, and cuts nothing off', move => {
    const lab = halfway();
    const before = [
      [60, ''],
      [1, 'acks'],
      [1, `${move}, requests left`],
      [1, 'requests left'],
    ] as const;
    expect(rows(lab, before)).toBe('65s | Draining | 2/2 arrived | v1 > v2 100 % | InFlight');
    expect(rows(lab, [[1, 'promote full, requests left']])).toBe('66s | Retiring | 2/2 | (v1) > v2 100 % | Proxies');
  });
});

describe('what is stable before a first rollout', () => {
  const spec = specOf({ strategy: linear });
  const lab = (written: RolloutSpec): RolloutLab => {
    const found = new RolloutLab({ strategy: linear });
    found.facts = { ...found.facts, plan: planOf(written), offered: 'v1', firstStable: 'v1' };
    found.look(0);
    return found;
  };

  it('is what documents say of Services, as long as nothing has begun', () => {
    const services = lab(spec);
    expect(services.state.stable).toBeUndefined();
    services.look(1, { offered: 'v0', firstStable: 'v0' });
    expect(services.state).toMatchObject({ phase: 'Stable', message: 'v0 has all requests.' });
  });

  it('is of a Deployment what served when it was first looked at, whatever comes after', () => {
    const deployment = lab({ ...spec, revisions: { deployment: { name: 'shop' } } });
    expect(deployment.state).toMatchObject({ phase: 'Stable', stable: 'v1' });
    deployment.look(1, { offered: undefined, firstStable: undefined, offerNote: 'Nothing is known of it.' });
    expect(deployment.state).toMatchObject({
      ...{ stable: 'v1', waitingFor: 'Offer' },
      message: 'v1 has all requests; which revision is new cannot be told. Nothing is known of it.',
    });
    deployment.look(1, { offered: 'v2', firstStable: 'v2' });
    expect(deployment.state).toMatchObject({ phase: 'Preparing', stable: 'v1', candidate: 'v2' });
  });
});
