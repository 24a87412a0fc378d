// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { printableView } from './printable-view.ts';
import { ANALYSED, viewWith } from './sample-views.ts';

it('has no text that moves the cursor', () => {
  const words = 'the gate says:\n  \u001B[2Jno';
  const view = printableView(viewWith({ message: words }, { analysis: [{ outcome: 'fail', words }] }));
  expect(view.state?.message).toBe('the gate says: \uFFFD[2Jno');
  expect(view.analysis).toEqual([{ outcome: 'fail', words: 'the gate says: \uFFFD[2Jno' }]);
  expect(printableView(ANALYSED)).toEqual(ANALYSED);
});
