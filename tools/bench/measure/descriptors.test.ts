// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { countDescriptors } from './descriptors.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             95000                95000                processes
Max open files            1024                 20000                files
`;

describe('countDescriptors', () => {
  it('reads the hard limit', () => {
    expect(countDescriptors(LIMITS)).toBe(20_000);
  });

  it('knows a limit that is none', () => {
    expect(countDescriptors(LIMITS.replace('20000', 'unlimited'))).toBe(Infinity);
  });
});
