// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { describe, expect, it } from 'vitest';
import { RestWatch } from './rest-watch.ts';
import { ABORTED, ANALYSED, LATE, STABLE, viewWith } from './sample-views.ts';

function restsOf(...views: readonly RolloutView[]): readonly unknown[] {
  const watch = new RestWatch();
  return views.map(({ state }) => watch.look(state));
}

const again = viewWith({ ...STABLE.state!, sequence: 20, completed: { ...STABLE.state!.completed!, atMs: 5 } });
const nothing: RolloutView = { ...ANALYSED, state: undefined };

describe('a rollout that is watched', () => {
  it('has ended when it is stable, or aborted', () => {
    expect(restsOf(ANALYSED, LATE, STABLE)).toEqual([undefined, undefined, 'promoted']);
    expect(restsOf(ANALYSED, ABORTED)).toEqual([undefined, 'aborted']);
  });

  it('is waited for where it has not begun', () => {
    expect(restsOf(nothing, STABLE, STABLE, ANALYSED, again)).toEqual([undefined, undefined, undefined, undefined, 'promoted']);
    expect(restsOf(STABLE, STABLE, ANALYSED, again)).toEqual([undefined, undefined, undefined, 'promoted']);
    expect(restsOf(ABORTED, ABORTED, ANALYSED, ABORTED)).toEqual([undefined, undefined, undefined, 'aborted']);
  });

  it('may have ended between two looks', () => {
    expect(restsOf(STABLE, again)).toEqual([undefined, 'promoted']);
    expect(restsOf(STABLE, viewWith({ ...ABORTED.state!, sequence: 12 }))).toEqual([undefined, 'aborted']);
  });

  it('was given up where the former revision is offered again', () => {
    const back = viewWith({ ...STABLE.state!, completed: undefined });
    expect(restsOf(ANALYSED, back)).toEqual([undefined, 'aborted']);
    expect(restsOf(ABORTED, back)).toEqual([undefined, 'aborted']);
  });
});
