// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from '../plan/plan-of.ts';
import type { RolloutPlan, RolloutSpec } from '../plan/rollout-plan.ts';
import { PHASES } from '../state/phase.ts';
import { initialState, type RolloutState, type Verb } from '../state/rollout-state.ts';
import { advance } from './advance.ts';
import type { RolloutFacts } from './rollout-facts.ts';
import { agreed, arrived, handedOver, passed, specOf, START_MS } from './walk/rollout-lab.ts';

const hosts = [{ hosts: ['next.shop.example'] }];
const gate = { url: 'http://gate.example', timeout: '10s' };

const STRATEGIES: readonly RolloutSpec['strategy'][] = [
  { canary: { steps: [{ weight: 5 }, { pause: { for: '1m' } }, { weight: 100 }, { pause: {} }, { weight: 50 }] } },
  { canary: { steps: [{ match: hosts }, { mirror: { percent: 10 } }, { analysis: { for: '1m' } }, { weight: 20 }] } },
  { canary: { linear: { by: 30, every: '1m' } } },
  { canary: { exponential: { from: 1, factor: 10, every: '1m' } } },
  { blueGreen: { preview: hosts, analysis: { for: '1m' }, promotion: 'Manual' } },
  { blueGreen: { promotion: 'Automatic' } },
  { match: { requests: hosts, for: '1m', end: 'Promote' } },
  { match: { requests: hosts, for: '1m', end: 'Abort' } },
  { shadow: { percent: 50 } },
];

const plans: fc.Arbitrary<RolloutPlan> = fc
  .record({
    strategy: fc.constantFrom(...STRATEGIES),
    analysis: fc.option(
      fc.record({
        onNotEnoughTraffic: fc.constantFrom('Abort', 'Continue', 'Wait'),
        onUndecided: fc.constantFrom('Abort', 'Continue', 'Wait'),
      }),
      { nil: undefined },
    ),
    then: fc.constantFrom('Abort', 'Continue', 'Wait'),
    rollbackWindow: fc.constantFrom('0s', '1m'),
    isDeployment: fc.boolean(),
    before: fc.option(fc.constantFrom('Start', 'Step', 'Promotion'), { nil: undefined }),
  })
  .map(({ strategy, analysis, then, rollbackWindow, isDeployment, before }) => {
    const conditions = [{ name: 'errors', successRate: { maxDrop: 1 } }];
    const spec = specOf({ strategy, rollbackWindow, absentProxies: { wait: '10s', then } });
    return planOf({
      ...spec,
      ...(isDeployment && { revisions: { deployment: { name: 'shop' } } }),
      ...(analysis && { analysis: { conditions, minimumRequests: 100, falseAbortPercent: 1, ...analysis } }),
      ...(before && { gates: [{ ...gate, name: 'boss', before }] }),
    });
  });

/** What may happen between two looks. */
interface Happening {
  readonly afterMs: number;
  readonly arrival: 'all' | 'gone' | 'none' | 'old' | 'refusing';
  readonly outcome: 'fail' | 'notEnoughTraffic' | 'pass' | 'undecided' | undefined;
  readonly isBlown: boolean;
  readonly stableInFlight: number;
  readonly gateAnswer: 'no' | 'yes' | undefined;
  readonly verb: Verb | undefined;
  readonly isFull: boolean;
  readonly offered: string | undefined;
  readonly ready: number;
  readonly maxShare: number | undefined;
  readonly isFinished: boolean;
  readonly isPaused: boolean;
  readonly otherPlan: boolean;
}

/** Mostly what lets a rollout get far: what ends it is rare. */
const happenings: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.constantFrom(0, 250, 1000, 15_000, 61_000, -3_600_000),
  arrival: fc.constantFrom('all', 'all', 'all', 'none', 'old', 'gone', 'refusing'),
  outcome: rarely('pass', 'fail', 'notEnoughTraffic', 'undecided', undefined),
  isBlown: rarely(false, true),
  stableInFlight: rarely(0, 3),
  gateAnswer: rarely('yes', 'no', undefined),
  verb: rarely(undefined, 'promote', 'pause', 'resume', 'abort', 'retry', 'undo'),
  isFull: fc.boolean(),
  offered: rarely('v2', 'v1', 'v3', undefined),
  ready: rarely(2, 0, 1),
  maxShare: rarely(undefined, 2000),
  isFinished: fc.boolean(),
  isPaused: rarely(false, true),
  otherPlan: rarely(false, true),
});

function rarely<T>(usual: T, ...seldom: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 20, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...seldom) });
}

let requests = 0;

function factsOf(
  state: RolloutState,
  { happening, plan, nowMs }: { happening: Happening; plan: RolloutPlan; nowMs: number },
): RolloutFacts {
  const { outcome, verb, gateAnswer } = happening;
  const step = state.split?.step ?? '';
  const other = planOf(specOf({ strategy: { canary: { linear: { by: 40, every: '1m' } } } }));
  requests++;
  return {
    nowMs,
    plan: { ...(happening.otherPlan ? other : plan), isPaused: happening.isPaused },
    offered: happening.offered,
    firstStable: 'v1',
    revisions: {
      v1: { ready: 2, wanted: 2 },
      v2: { ready: happening.ready, wanted: 2, maxShare: happening.maxShare },
      v3: { ready: 2, wanted: 2 },
    },
    arrival: arrivalOf(step, happening.arrival),
    inFlight: { step, stable: happening.stableInFlight, candidate: 0, isKnown: happening.arrival === 'all' },
    verdict: outcome === undefined ? undefined : { step: state.step?.id ?? '', outcome, words: 'as it is' },
    blown: happening.isBlown ? { step, words: 'too many' } : undefined,
    gates: gateAnswer && state.gates && { id: state.gates.id, answers: { boss: gateAnswer } },
    request: verb && { id: `r${requests}`, verb, by: 'ada', atMs: nowMs, isFull: happening.isFull },
    isDeploymentFinished: happening.isFinished,
  };
}

function arrivalOf(step: string, arrival: Happening['arrival']): RolloutFacts['arrival'] {
  const all = { step, of: 2, acked: 2, waiting: [], refusing: [], gone: [], unheard: [] };
  switch (arrival) {
    case 'none':
      return undefined;
    case 'all':
      return all;
    case 'old':
      return { ...all, step: 'of-before' };
    case 'gone':
      return { ...all, acked: 1, gone: ['p2'] };
    case 'refusing':
      return { ...all, acked: 1, refusing: [{ proxy: 'p2', reason: 'too many backends' }] };
  }
}

function candidateShare({ split }: RolloutState): number {
  return split?.candidateShare ?? 0;
}

/** The new revision of a rollout gets something. */
function isServed(state: RolloutState): boolean {
  const { split } = state;
  return split !== undefined && (split.candidateShare > 0 || split.mirrorShare > 0 || split.matches !== undefined);
}

function assertHolds(was: RolloutState, is: RolloutState, facts: RolloutFacts): void {
  expect(is.message).not.toBe('');
  expect(is.message).not.toContain('undefined');
  assertSplit(was, is, facts);
  assertStep(was, is, facts);
  const { lastRequest } = is;
  if (
    lastRequest?.id !== was.lastRequest?.id &&
    lastRequest?.isAccepted === true &&
    ['abort', 'undo'].includes(lastRequest.verb)
  ) {
    expect(isServed(is)).toBe(false);
    expect(['Aborting', 'Aborted', 'Preparing', 'Stable']).toContain(is.phase);
  }
}

function assertSplit(was: RolloutState, is: RolloutState, facts: RolloutFacts): void {
  assertGrowth(was, is, facts);
  // In Stable all requests go to the revision that has become stable, or none to the other one.
  if (is.phase === 'Stable' && isServed(is)) expect(is.split).toMatchObject({ candidate: is.stable, isStableForgotten: true });
  if (['Aborted', 'Aborting', 'Preparing'].includes(is.phase)) expect(isServed(is)).toBe(false);
  if (isForgotten(is) && !isForgotten(was)) assertForgotten(was, is, facts);
}

function assertGrowth(was: RolloutState, is: RolloutState, facts: RolloutFacts): void {
  const isSameRollout = was.split?.candidate === is.split?.candidate && was.split?.stable === is.split?.stable;
  if (candidateShare(is) > (isSameRollout ? candidateShare(was) : 0)) {
    expect(was.step?.arrivedAtMs !== undefined || facts.arrival?.step === was.split?.step).toBe(true);
  }
}

function isForgotten({ split }: RolloutState): boolean {
  return split?.isStableForgotten === true;
}

function assertForgotten(was: RolloutState, is: RolloutState, facts: RolloutFacts): void {
  expect(was.split).toMatchObject({ candidateShare: 10_000 });
  const isCutOff = is.lastRequest?.verb === 'promote' && is.lastRequest.isAccepted && facts.request?.isFull === true;
  if (!isCutOff) expect(facts).toMatchObject({ arrival: { acked: 2, gone: [] }, inFlight: { stable: 0, isKnown: true } });
}

/** A step has arrived only where proxies have told so of what it put in force, or where it changed nothing. */
function assertStep(was: RolloutState, is: RolloutState, facts: RolloutFacts): void {
  if (is.step?.arrivedAtMs === undefined || was.step?.arrivedAtMs !== undefined) return;
  expect(facts.arrival?.step).toBe(is.split?.step);
}

const SETTINGS = { seed: 42, numRuns: 400 };

describe('whatever happens, in whatever order, and whoever leads', () => {
  const seen = new Set<string>();

  it('holds what is promised', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(plans, fc.array(happenings, { minLength: 10, maxLength: 50 }), (plan, list) => {
        let state = initialState();
        let nowMs = START_MS;
        for (const happening of list) {
          nowMs += happening.afterMs;
          const facts = factsOf(state, { happening, plan, nowMs });
          const advanced = advance(state, facts);
          const is = handedOver(advanced.state);
          assertHolds(state, is, facts);
          const again = advance(is, facts);
          expect(handedOver(again.state)).toEqual(is);
          expect(again.news).toEqual([]);
          state = is;
          seen.add(is.phase);
        }
      }),
      SETTINGS,
    );
  });

  it('has come to every phase', () => {
    expect([...seen].sort()).toEqual(Object.keys(PHASES).sort());
  });
});

/** A state that random happenings have led to, and a time after it. */
const reached = fc.tuple(plans, fc.array(happenings, { maxLength: 30 })).map(([plan, list]) => {
  let state = initialState();
  let nowMs = START_MS;
  for (const happening of list) {
    nowMs += happening.afterMs;
    state = handedOver(advance(state, factsOf(state, { happening, plan, nowMs })).state);
  }
  return { plan, state, nowMs: nowMs + 40 * 3_600_000 };
});

const CALM: Happening = {
  ...{ afterMs: 0, arrival: 'all', outcome: 'pass', isBlown: false, stableInFlight: 0, gateAnswer: 'yes', verb: undefined },
  ...{ isFull: false, offered: 'v2', ready: 2, maxShare: undefined, isFinished: true, isPaused: false, otherPlan: false },
};

function helpfulVerb({ phase }: RolloutState, turn: number): Verb | undefined {
  if (phase === 'Aborted') return 'retry';
  if (phase === 'Keeping') return undefined;
  return turn % 2 === 0 ? 'promote' : 'resume';
}

describe('from wherever it has come to', () => {
  it('comes to its end where everything is well and somebody promotes', () => {
    fc.assert(
      fc.property(reached, ({ plan, state: start, nowMs: startMs }) => {
        let state = start;
        for (let i = 0; i < 60 && !(state.phase === 'Stable' && state.stable === 'v2'); i++) {
          const happening = { ...CALM, verb: helpfulVerb(state, i) };
          state = handedOver(advance(state, factsOf(state, { happening, plan, nowMs: startMs + i * 61_000 })).state);
        }
        expect(state).toMatchObject({ phase: 'Stable', stable: 'v2', waitingFor: 'Nothing' });
      }),
      { ...SETTINGS, numRuns: 200 },
    );
  });

  it('is aborted in one call, and has come to rest when proxies have it', () => {
    fc.assert(
      fc.property(reached, ({ plan, state: start, nowMs }) => {
        const offered = start.candidate ?? start.stable;
        const asked = factsOf(start, { happening: { ...CALM, offered, arrival: 'none', verb: 'abort' }, plan, nowMs });
        const aborted = handedOver(advance(start, asked).state);
        if (aborted.phase !== 'Retiring' && aborted.phase !== 'Stable') {
          expect(isServed(aborted)).toBe(false);
          expect(aborted.candidate).toBe(start.candidate);
        }
        const heard = { ...asked, request: undefined, ...arrived(aborted) };
        const rested = advance(aborted, heard).state;
        expect(['Aborted', 'Stable']).toContain(rested.phase);
      }),
      { ...SETTINGS, numRuns: 200 },
    );
  });

  it('lets facts of other steps, gates and splits decide nothing', () => {
    fc.assert(
      fc.property(reached, ({ plan, state, nowMs }) => {
        const facts = factsOf(state, { happening: { ...CALM, offered: undefined }, plan, nowMs: Math.min(nowMs, START_MS) });
        const old = {
          ...state,
          split: state.split && { ...state.split, step: 'x' },
          step: state.step && { ...state.step, id: 'x' },
        };
        const stale = {
          ...arrived(old),
          ...passed(old),
          ...agreed({ ...state, gates: state.gates && { ...state.gates, id: 'x' } }),
        };
        const silent = { arrival: undefined, inFlight: undefined, verdict: undefined, gates: undefined };
        expect(advance(state, { ...facts, ...stale })).toEqual(advance(state, { ...facts, ...silent }));
      }),
      { ...SETTINGS, numRuns: 150 },
    );
  });
});
