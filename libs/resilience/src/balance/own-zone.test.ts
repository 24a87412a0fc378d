// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ownZoneOf } from './own-zone.ts';

const HERE = { address: '10.0.0.1', port: 80, zone: 'a' };
const THERE = { address: '10.0.0.2', port: 80, zone: 'b' };
const SOMEWHERE = { address: '10.0.0.3', port: 80 };
const ANY_LOAD = { spillOverAbove: 0 };

describe('the own zone', () => {
  it('has the endpoints that say so; one that says nothing is elsewhere', () => {
    const zone = ownZoneOf(
      { endpoints: [THERE, HERE, SOMEWHERE], zonePreference: { spillOverAbove: 9 } },
      { zone: 'a', node: '' },
    );
    expect(zone).toEqual({ isOwn: [false, true, false], spillOverAbove: 9 });
  });

  it('has no bound of load unless there is one', () => {
    expect(ownZoneOf({ endpoints: [HERE, THERE], zonePreference: ANY_LOAD }, { zone: 'a', node: '' })).toMatchObject({
      spillOverAbove: Infinity,
    });
  });

  it.each([
    ['nothing prefers it', { endpoints: [HERE, THERE], zonePreference: undefined }, 'a'],
    ['nobody has said which it is', { endpoints: [HERE, SOMEWHERE], zonePreference: ANY_LOAD }, ''],
    ['all endpoints are in it', { endpoints: [HERE, HERE], zonePreference: ANY_LOAD }, 'a'],
    ['no endpoint is in it', { endpoints: [THERE, SOMEWHERE], zonePreference: ANY_LOAD }, 'a'],
    ['there are no endpoints', { endpoints: [], zonePreference: ANY_LOAD }, 'a'],
  ])('makes no difference where %s', (_, backend, zone) => {
    expect(ownZoneOf(backend, { zone, node: '' })).toBeUndefined();
  });

  it('has the endpoints that are for it, wherever these are', () => {
    const endpoints = [{ ...HERE, forZones: ['b'] }, { ...THERE, forZones: ['a', 'b'] }, HERE];
    expect(ownZoneOf({ endpoints, zonePreference: ANY_LOAD }, { zone: 'a', node: 'n1' })?.isOwn).toEqual([false, true, true]);
  });

  it('is the own node where some endpoint is for it', () => {
    const endpoints = [
      { ...HERE, forNodes: ['n1'] },
      { ...HERE, forNodes: ['n2'] },
      { ...THERE, forNodes: ['n3'] },
    ];
    const backend = { endpoints, zonePreference: ANY_LOAD };
    expect(ownZoneOf(backend, { zone: 'a', node: 'n2' })?.isOwn).toEqual([false, true, false]);
    expect(ownZoneOf(backend, { zone: 'a', node: 'n4' })?.isOwn).toEqual([true, true, false]);
    expect(ownZoneOf(backend, { zone: '', node: '' })).toBeUndefined();
  });
});
