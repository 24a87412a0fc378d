// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import { CART, DAY_MS, NOW_MS, TRUST_DOMAIN, leafOf } from '../identity-lab.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import { openAuthority } from './open-authority.ts';

it('a root tells of its end ahead of time those who ask, and everybody when a month is left', async () => {
  const clock = createManualClock(NOW_MS);
  const random = createSeededRandom(7);
  const authority = await openAuthority({ secrets: createMemorySecrets(), clock, random, trustDomain: TRUST_DOMAIN });
  const states: unknown[] = [];
  for (const leftDays of [366, 364, 30, -1]) {
    clock.advance(NOW_MS + (3650 - leftDays) * DAY_MS - clock.wallMs());
    // Renews what issues, which lives for a year.
    if (leftDays > 0) await leafOf(authority, CART);
    const ofRoot = authority.status().concerns.filter(({ code }) => code.startsWith('root'));
    states.push(ofRoot.map(({ code, severity, isUrgent }) => [code, severity, isUrgent]));
  }
  expect(states).toEqual([
    [],
    [['root-expires-soon', 'warning', false]],
    [['root-expires-soon', 'warning', true]],
    [['root-expired', 'error', true]],
  ]);
});
