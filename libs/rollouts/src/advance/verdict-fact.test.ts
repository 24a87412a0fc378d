// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Condition } from '../analysis/condition.ts';
import { verdictFact } from './verdict-fact.ts';

const condition: Condition = { kind: 'successRate', minimumPercent: 99, maximumDropPoints: undefined };

it('has the words of the conditions that decide', () => {
  const conditions = [
    { condition, outcome: 'fail', words: '12 of 300 failed' },
    { condition, outcome: 'pass', words: 'as fast' },
    { condition, outcome: 'fail', words: 'twice as slow' },
  ] as const;
  const verdict = { outcome: 'fail', conditions } as const;
  expect(verdictFact('4-x', verdict)).toEqual({ step: '4-x', outcome: 'fail', words: '12 of 300 failed; twice as slow' });
});
