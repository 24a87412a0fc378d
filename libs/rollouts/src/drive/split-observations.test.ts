// SPDX-License-Identifier: Apache-2.0
import type { RevisionCounts, SplitState } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { SplitObservations } from './split-observations.ts';

const KEY = 'shop/cart';
const WATCH = { step: '3-b', splitStep: '2-a', stable: 'v1', candidate: 'v2' };

function counts(revision: string, succeeded: number, step = '2-a'): RevisionCounts {
  const place = { rollout: KEY, step, backend: 'shop/cart:80', route: '', revision };
  return { ...place, succeeded, failed: 1, statuses: [0, succeeded, 0, 0, 1], latencies: [[10, succeeded]] };
}

function state(candidateInFlight: number, more: Partial<SplitState> = {}): SplitState {
  const split = { rollout: KEY, step: '2-a', backend: 'shop/cart:80' };
  return { ...split, stableInFlight: 1, candidateInFlight, blown: undefined, ...more };
}

describe('what proxies tell', () => {
  it('adds up for the step that is watched, apart for each side and revision', () => {
    const seen = new SplitObservations();
    seen.watch(KEY, WATCH);
    seen.report('edge/a', 'edge', { counts: [counts('v1', 9), counts('v2', 4), counts('v3', 7)], states: [] });
    seen.report('mesh/b', 'mesh', { counts: [counts('v1', 1), counts('v2', 2, '1-x')], states: [] });
    expect([seen.talliesOf(KEY, 'edge')?.stable.succeeded, seen.talliesOf(KEY, 'mesh')?.stable.succeeded]).toEqual([9, 1]);
    expect(seen.tallies(KEY)?.stable).toMatchObject({ succeeded: 10, failed: 2 });
    expect(seen.tallies(KEY)?.candidate).toMatchObject({ succeeded: 4, failed: 1 });
  });

  it('begins anew with another step, and not with the same one', () => {
    const seen = new SplitObservations();
    for (const [step, expected] of [
      ['3-b', 5],
      ['3-b', 10],
      ['4-c', 5],
    ] as const) {
      seen.watch(KEY, { ...WATCH, step });
      seen.report('edge/a', 'edge', { counts: [counts('v2', 5)], states: [] });
      expect(seen.tallies(KEY)?.candidate.succeeded).toBe(expected);
    }
  });

  it('is in flight until it is told otherwise, or the proxy is gone for good', () => {
    const seen = new SplitObservations();
    const expected = (acked: number, named?: readonly string[]) => ({ acked, named });
    seen.report('edge/a', 'edge', { counts: [], states: [state(2), state(3, { backend: 'shop/cart:81' })] });
    seen.report('edge/b', 'edge', { counts: [], states: [state(4, { step: '1-x' })] });
    expect(seen.inFlight(KEY, '2-a', expected(2))).toEqual({ step: '2-a', stable: 2, candidate: 5, isKnown: false });
    seen.report('edge/b', 'edge', { counts: [], states: [state(1)] });
    expect(seen.inFlight(KEY, '2-a', expected(2))).toEqual({ step: '2-a', stable: 3, candidate: 6, isKnown: true });
    seen.noteAway('edge/a', 5_000);
    seen.noteAway('edge/a', 24_000);
    expect(seen.inFlight(KEY, '2-a', expected(2))).toEqual({ step: '2-a', stable: 3, candidate: 6, isKnown: true });
    seen.noteAway('edge/a', 25_000);
    expect(seen.inFlight(KEY, '2-a', expected(1))).toEqual({ step: '2-a', stable: 1, candidate: 1, isKnown: true });
  });

  it('is known without those that are gone since the step arrived, and not without those that are there', () => {
    const seen = new SplitObservations();
    seen.report('edge/a', 'edge', { counts: [], states: [state(0)] });
    const isKnown = (named?: readonly string[]): boolean => seen.inFlight(KEY, '2-a', { acked: 3, named }).isKnown;
    expect([isKnown(), isKnown(['edge/a', 'edge/c']), isKnown(['edge/a'])]).toEqual([false, false, true]);
    // Of one that is connected elsewhere nobody knows more than what it said last.
    seen.report('mesh/b', 'mesh', { counts: [], states: [state(0, { step: '1-x' })] });
    expect(isKnown(['edge/a'])).toBe(false);
    seen.report('mesh/b', 'mesh', { counts: [], states: [] });
    expect(isKnown(['edge/a'])).toBe(true);
  });

  it('is not forgotten of a proxy that has come back in time', () => {
    const seen = new SplitObservations();
    seen.report('edge/a', 'edge', { counts: [], states: [state(2)] });
    seen.noteAway('edge/a', 0);
    seen.noteBack('edge/a');
    seen.noteAway('edge/a', 21_000);
    expect([...seen.proxies]).toEqual(['edge/a']);
  });

  it('says where a fuse has blown in this step', () => {
    const seen = new SplitObservations();
    seen.report('edge/a', 'edge', { counts: [], states: [state(0, { step: '1-x', blown: 'long ago' })] });
    expect(seen.blown(KEY, '2-a')).toBeUndefined();
    seen.report('mesh/b', 'mesh', { counts: [], states: [state(0, { blown: '30 of 50 failed' })] });
    expect(seen.blown(KEY, '2-a')).toEqual({ step: '2-a', words: '30 of 50 failed, at mesh/b' });
  });

  it('is of no account for whoever counts next', () => {
    const seen = new SplitObservations();
    seen.watch(KEY, WATCH);
    seen.report('edge/a', 'edge', { counts: [counts('v2', 5)], states: [state(2, { blown: '30 of 50 failed' })] });
    seen.clear();
    expect([seen.tallies(KEY), seen.blown(KEY, '2-a'), [...seen.proxies]]).toEqual([undefined, undefined, []]);
  });
});
