// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMETERS, parseMeshParameters } from './mesh-parameters.ts';

describe('parameters of a mesh', () => {
  it('are those that hold where nobody says anything', () => {
    expect(parseMeshParameters({})).toEqual({ parameters: DEFAULT_PARAMETERS, faults: [] });
  });

  it('have ranges separated by commas, blanks or lines, each once and with its length', () => {
    expect(parseMeshParameters({ ranges: '10.0.0.0/8,  fd00::/8\n10.0.0.0/8\n192.0.2.7\n' }).parameters.ranges).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
      '192.0.2.7/32',
    ]);
  });

  it.each([
    ['unknownDestinations', 'registered'],
    ['unknownDestinationz', 'Allow'],
  ])('let nothing out where %s is %s, which may have been meant to forbid it', (key, value) => {
    const { parameters, faults } = parseMeshParameters({ [key]: value });
    expect(parameters.unknownDestinations).toBe('registered');
    expect(faults).toHaveLength(1);
  });

  it('keep what is right beside what is wrong', () => {
    const { parameters, faults } = parseMeshParameters({ trustDomain: 'a/b', unknownDestinations: 'Allow', ranges: 'x' });
    expect(parameters).toEqual(DEFAULT_PARAMETERS);
    expect(faults.map(({ key }) => key)).toEqual(['trustDomain', 'ranges']);
  });

  it('have no more ranges than a sidecar can hold', () => {
    const ranges = Array.from({ length: 257 }, (_, index) => `10.${Math.floor(index / 256)}.${index % 256}.0/24`).join(' ');
    expect(parseMeshParameters({ ranges }).faults[0]?.message).toBe('has 257 ranges, and 256 are allowed');
  });
});
