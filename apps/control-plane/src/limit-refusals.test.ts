// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import type { ControlPlaneEvent } from './control-plane-options.ts';
import { limitRefusals } from './limit-refusals.ts';

it('tells of ten refusals a second, then how many more there were, and of everything else', () => {
  const clock = createManualClock();
  const told: ControlPlaneEvent['kind'][] = [];
  const texts: string[] = [];
  const tell = limitRefusals(event => {
    told.push(event.kind);
    if (event.kind === 'note') texts.push(event.text);
  }, clock);
  for (let i = 0; i < 25; i++) tell({ kind: 'not-certified', from: 'x', reason: 'y' });
  tell({ kind: 'recovered' });
  expect(told.filter(kind => kind === 'not-certified')).toHaveLength(10);
  expect(told.at(-1)).toBe('recovered');
  clock.advance(1000);
  expect(texts).toEqual(['15 more refusals within a second are not told']);
  tell({ kind: 'peer-refused', address: '', reason: '' });
  expect(told.at(-1)).toBe('peer-refused');
  clock.advance(1000);
  expect(texts).toHaveLength(1);
});
