// SPDX-License-Identifier: Apache-2.0
import type { InjectedFaultSpec } from '@weir/policy/snapshot';
import { faultText, faultWords } from '../answer/limit-words.ts';
import { mayWeaken, neutral } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { isSame, paired } from './values.ts';

/** How the faults of one policy differ. They admit nobody, but what fails on purpose is no less broken: whatever comes is marked. */
export function faultChanges(before: readonly InjectedFaultSpec[], after: readonly InjectedFaultSpec[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ fault }) => fault);
  return [
    ...gained.map(spec => mayWeaken(`${faultText(spec)}, added`)),
    ...lost.map(({ fault }) => neutral(`fault ${fault} removed`)),
    ...both.flatMap(([old, now]) => (isSame(old, now) ? [] : mayWeaken(`${faultText(old)} → ${faultWords(now)}`))),
  ];
}
