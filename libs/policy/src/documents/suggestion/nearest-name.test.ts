// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

describe('the nearest name', () => {
  it.each([
    ['a letter too few', 'hostname', 'hostnames'],
    ['two letters swapped', 'nmae', 'name'],
    ['other cases', 'HOSTNAMES', 'hostnames'],
    ['nothing close', 'colour', undefined],
  ])('is found for %s', (_, written, expected) => {
    expect(nearestName(written, ['rules', 'hostnames', 'name', 'parentRefs'])).toBe(expected);
  });

  it('is the first by alphabet of equals, whatever their order', () => {
    expect(nearestName('cart', ['card', 'care'])).toBe('card');
    expect(nearestName('cart', ['care', 'card'])).toBe('card');
  });
});
