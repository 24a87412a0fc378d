// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinRanges, neighbourhoodOf } from './join-ranges.ts';

it.each([
  [[], []],
  [['10.0.0.0/24'], ['10.0.0.0/24']],
  [['10.0.1.0/24', '10.0.0.0/24'], ['10.0.0.0/23']],
  // Neighbours, and no halves of one.
  [
    ['10.0.1.0/24', '10.0.2.0/24'],
    ['10.0.1.0/24', '10.0.2.0/24'],
  ],
  [['10.0.0.0/25', '10.0.0.128/25', '10.0.1.0/24', '10.0.2.0/23'], ['10.0.0.0/22']],
  [['10.0.0.0/16', '10.0.7.0/24', '10.0.0.0/24'], ['10.0.0.0/16']],
  [['10.0.0.9/24'], ['10.0.0.0/24']],
  [['no range', '300.0.0.0/8'], []],
  [
    ['fd00:0:0:1::/64', 'fd00::/64', '10.0.0.0/24'],
    ['10.0.0.0/24', 'fd00::/63'],
  ],
  [['255.255.255.0/24', '0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
])('joins %j to %j', (written, ranges) => {
  expect(joinRanges(written)).toEqual(ranges);
});

/** Whether an IPv4 range holds the first address of another one. */
function covers(range: string, other: string): boolean {
  const [outer, inner] = [numberOf(range), numberOf(other)];
  const size = 2 ** (32 - Number(range.split('/')[1]));
  return inner >= outer && inner < outer + size;
}

function numberOf(range: string): number {
  return range
    .split('/')[0]!
    .split('.')
    .reduce((sum, part) => sum * 256 + Number(part), 0);
}

it.each([
  ['10.1.2.3', '10.1.2.0/24'],
  ['fd00:10:244::1:7', 'fd00:10:244::/64'],
])('knows what is around %s', (address, range) => {
  expect(neighbourhoodOf(address)).toBe(range);
});

it('covers all of many with no more than a proxy wants to hold', () => {
  const cidr = fc.tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 20, max: 28 }));
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 400 }), parts => {
      const written = parts.map(([second, third, length]) => `10.${second}.${third}.0/${length}`);
      const ranges = joinRanges(written);
      return ranges.length <= 128 && written.every(one => ranges.some(range => covers(range, one)));
    }),
    { numRuns: 25 },
  );
});
