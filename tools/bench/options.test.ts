// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseBenchOptions } from './options.ts';

const KNOWN = ['keep-alive', 'tls'];

describe('parseBenchOptions', () => {
  it('runs everything three times for four seconds when nothing is said', () => {
    const expected = { scenarios: [], peers: [], rounds: 3, seconds: 4, proxies: 2_000, jsonFile: undefined };
    expect(parseBenchOptions([], KNOWN)).toEqual(expected);
  });

  it('takes scenarios, peers, rounds, seconds and a file', () => {
    const args = ['tls', '--rounds', '5', '--seconds', '2', '--peers', 'weir,nginx', '--proxies', '50', '--json', 'out.json'];
    expect(parseBenchOptions(args, KNOWN)).toEqual({
      scenarios: ['tls'],
      peers: ['weir', 'nginx'],
      rounds: 5,
      seconds: 2,
      proxies: 50,
      jsonFile: 'out.json',
    });
  });

  it('names the known scenarios when it is given another', () => {
    expect(() => parseBenchOptions(['fast'], KNOWN)).toThrow('no scenario `fast`; write one of: keep-alive, tls');
  });

  it.each(['0', '-1', '2.5', 'many'])('refuses `%s` rounds', text => {
    expect(() => parseBenchOptions([`--rounds=${text}`], KNOWN)).toThrow(`--rounds is \`${text}\`; write a whole number above 0`);
  });
});
