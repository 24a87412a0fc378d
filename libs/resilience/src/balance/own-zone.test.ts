// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ownZoneOf } from './own-zone.ts';

const HERE = { address: '10.0.0.1', port: 80, zone: 'a' };
const THERE = { address: '10.0.0.2', port: 80, zone: 'b' };
const SOMEWHERE = { address: '10.0.0.3', port: 80 };
const ANY_LOAD = { spillOverAbove: 0 };

describe('the own zone', () => {
  it('has the endpoints that say so; one that says nothing is elsewhere', () => {
    const zone = ownZoneOf({ endpoints: [THERE, HERE, SOMEWHERE], zonePreference: { spillOverAbove: 9 } }, 'a');
    expect(zone).toEqual({ isOwn: [false, true, false], spillOverAbove: 9 });
  });

  it('has no bound of load unless there is one', () => {
    expect(ownZoneOf({ endpoints: [HERE, THERE], zonePreference: ANY_LOAD }, 'a')).toMatchObject({ spillOverAbove: Infinity });
  });

  it.each([
    ['nothing prefers it', { endpoints: [HERE, THERE], zonePreference: undefined }, 'a'],
    ['nobody has said which it is', { endpoints: [HERE, SOMEWHERE], zonePreference: ANY_LOAD }, ''],
    ['all endpoints are in it', { endpoints: [HERE, HERE], zonePreference: ANY_LOAD }, 'a'],
    ['no endpoint is in it', { endpoints: [THERE, SOMEWHERE], zonePreference: ANY_LOAD }, 'a'],
    ['there are no endpoints', { endpoints: [], zonePreference: ANY_LOAD }, 'a'],
  ])('makes no difference where %s', (_, backend, zone) => {
    expect(ownZoneOf(backend, zone)).toBeUndefined();
  });
});
