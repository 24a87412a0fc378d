// SPDX-License-Identifier: Apache-2.0
import { agreed, arrived, passed, rowOf, type RolloutLab } from './rollout-lab.ts';
import type { RolloutFacts } from '../rollout-facts.ts';

/** What happens before a look, by the word that tables use for it. */
const MOVES: Readonly<Record<string, (lab: RolloutLab) => Partial<RolloutFacts>>> = {
  '': () => ({}),
  acks: lab => arrived(lab.state),
  'one of 2 acks': lab => missing(lab, { acked: 1, waiting: ['p2'] }),
  'p2 is gone': lab => missing(lab, { acked: 1, gone: ['p2'] }),
  'p2 refuses': lab => missing(lab, { acked: 1, refusing: [{ proxy: 'p2', reason: 'too many backends' }] }),
  'requests left': lab => ({
    ...arrived(lab.state),
    inFlight: { step: lab.state.split!.step, stable: 3, candidate: 0, isKnown: true },
  }),
  passes: lab => passed(lab.state),
  fails: lab => judged(lab, 'fail'),
  undecided: lab => judged(lab, 'undecided'),
  'too few': lab => judged(lab, 'notEnoughTraffic'),
  blows: lab => ({ blown: { step: lab.state.split!.step, words: '20 of 50 failed' } }),
  agree: lab => agreed(lab.state),
  refuse: lab => ({ gates: { id: lab.state.gates!.id, answers: { boss: 'no' } } }),
  promote: lab => ({ request: lab.ask('promote') }),
  'promote full': lab => ({ request: lab.ask('promote', true) }),
  pause: lab => ({ request: lab.ask('pause') }),
  resume: lab => ({ request: lab.ask('resume') }),
  abort: lab => ({ request: lab.ask('abort') }),
  undo: lab => ({ request: lab.ask('undo') }),
  retry: lab => ({ request: lab.ask('retry') }),
  'v1 offered': lab => offer(lab, 'v1'),
  'v2 offered': lab => offer(lab, 'v2'),
  'v3 offered': lab => offer(lab, 'v3'),
  'v2 not ready': lab => revision(lab, 'v2', { ready: 0, wanted: 2 }),
  'v2 ready': lab => revision(lab, 'v2', { ready: 2, wanted: 2 }),
  'v2 carries 20 %': lab => revision(lab, 'v2', { ready: 2, wanted: 2, maxShare: 2000, reason: 'maxSurge is 25 %.' }),
  'v1 not ready': lab => revision(lab, 'v1', { ready: 0, wanted: 2 }),
  finished: () => ({ isDeploymentFinished: true }),
};

/** One row of a walk: seconds since the last one, what happens, and what the state is then, as `rowOf` writes it. */
export type WalkRow = readonly [afterS: number, moves: string, row: string];

/** Walks through the rows of a table; moves of a row are separated by commas. */
export function walk(lab: RolloutLab, rows: readonly WalkRow[]): readonly WalkRow[] {
  return rows.map(([afterS, moves]) => {
    let facts: Partial<RolloutFacts> = {};
    for (const move of moves.split(', ')) facts = { ...facts, ...(MOVES[move] ?? unknownMove(move))(lab) };
    lab.look(afterS, facts);
    return [afterS, moves, rowOf(lab)];
  });
}

function unknownMove(move: string): never {
  throw new Error(`no move is called ${move}`);
}

function missing(lab: RolloutLab, part: Partial<NonNullable<RolloutFacts['arrival']>>): Partial<RolloutFacts> {
  const all = { step: lab.state.split!.step, of: 2, acked: 2, waiting: [], refusing: [], gone: [], unheard: [] };
  return { arrival: { ...all, ...part } };
}

function judged(lab: RolloutLab, outcome: NonNullable<RolloutFacts['verdict']>['outcome']): Partial<RolloutFacts> {
  return { verdict: { step: lab.state.step!.id, outcome, words: '12 of 300 failed' } };
}

function offer(lab: RolloutLab, offered: string): Partial<RolloutFacts> {
  lab.facts = { ...lab.facts, offered };
  return {};
}

function revision(lab: RolloutLab, name: string, fact: RolloutFacts['revisions'][string]): Partial<RolloutFacts> {
  lab.facts = { ...lab.facts, revisions: { ...lab.facts.revisions, [name]: fact } };
  return {};
}
