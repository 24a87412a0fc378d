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

  it('is not looked for where that would keep everybody waiting', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
    expect(nearestName('service-1000', ['service-100', 'elsewhere'])).toBe('service-100');
    expect(nearestName('service-1000', many.slice(0, 100))).toBe('service-10');
    expect(nearestName('service-1000', [...many, ...many.map(name => `${name}0`)])).toBeUndefined();
  });
});
