// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './problem.ts';
import { describe, expect, it } from 'vitest';
import { ProblemWatch } from './problem-watch.ts';

const problem = (message: string, severity: Problem['severity'] = 'error'): Problem => ({ severity, code: 'x', message });

describe('the watch over problems', () => {
  it('tells each problem once', () => {
    const watch = new ProblemWatch();
    expect(watch.update([problem('a')]).fresh).toStrictEqual([problem('a')]);
    expect(watch.update([problem('a'), problem('b')]).fresh).toStrictEqual([problem('b')]);
    expect(watch.update([problem('b')]).fresh).toStrictEqual([]);
  });

  it('tells a problem again that was gone for a while', () => {
    const watch = new ProblemWatch();
    watch.update([problem('a')]);
    watch.update([]);
    expect(watch.update([problem('a')]).fresh).toStrictEqual([problem('a')]);
  });

  it('says when the last error is gone, whatever warnings stay', () => {
    const watch = new ProblemWatch();
    expect(watch.update([problem('a'), problem('w', 'warning')]).hasRecovered).toBe(false);
    expect(watch.update([problem('w', 'warning')]).hasRecovered).toBe(true);
    expect(watch.update([]).hasRecovered).toBe(false);
  });
});
