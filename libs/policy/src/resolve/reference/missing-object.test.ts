// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { describeMissing } from './missing-object.ts';

const lookup = { namesIn: () => new Set(['payments']) };
const missing = { kind: 'Service', namespace: 'bank', name: 'payment' } as const;

it.each([
  ['of its own namespace', { from: 'bank' }, 'did you mean `payments`?'],
  ['of no other namespace', { from: 'shop' }, 'add Service `payment` to namespace `bank`, or name another'],
  ['of whatever it may know', {}, 'did you mean `payments`?'],
])('what refers to nothing is told names %s', (_which, referrer, hint) => {
  expect(describeMissing(lookup, { ...missing, ...referrer }).hint).toBe(hint);
});
