// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostnameIndex } from './hostname-index.ts';
import { hostnamesOverlap } from './intersect-hostnames.ts';

const names = fc
  .array(fc.constantFrom('a', 'b', 'example'), { minLength: 1, maxLength: 3 })
  .chain(labels => fc.constantFrom(labels.join('.'), `*.${labels.join('.')}`, '*'));

describe('an index of hostnames', () => {
  it('finds one that overlaps exactly where there is one', () => {
    fc.assert(
      fc.property(fc.array(names), names, (added, wanted) => {
        const index = new HostnameIndex<string>();
        for (const name of added) index.add(name, name);
        const found = index.findOverlapping(wanted);
        expect(found !== undefined).toBe(added.some(name => hostnamesOverlap(name, wanted)));
        expect(found === undefined || hostnamesOverlap(found, wanted)).toBe(true);
      }),
    );
  });
});
