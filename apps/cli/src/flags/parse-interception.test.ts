// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { collectCidrs, collectPorts, collectUserIds, parsePort, parseSidecarUserId } from './parse-interception.ts';

describe('the flags of interception', () => {
  it('read ports', () => {
    expect(parsePort('15006')).toBe(15_006);
    for (const text of ['0', '65536', '80-90', 'http', '']) {
      expect(() => parsePort(text)).toThrow('Write a port from 1 to 65535.');
    }
  });

  it('collect what is given in one list or in several', () => {
    const ranges = [
      { first: 22, last: 22 },
      { first: 8000, last: 8100 },
    ];
    expect(collectPorts('22, 8000-8100')).toStrictEqual(ranges);
    expect(collectPorts('8000-8100', collectPorts('22'))).toStrictEqual(ranges);
  });

  it('say everything that is wrong with a list at once', () => {
    expect(() => collectPorts('22,ssh,70000')).toThrow(
      '"ssh" is no port: write such as 22 or 8000-8100; "70000" is no port: write such as 22 or 8000-8100.',
    );
    expect(() => collectCidrs('10.0.0.1/8,')).toThrow(
      '"10.0.0.1/8" has bits behind its prefix: write 10.0.0.0/8, or 10.0.0.1 alone; "" is neither an IP address nor a CIDR.',
    );
    expect(() => collectUserIds('nobody')).toThrow('"nobody" is no user id: write such as 1000 or 1000-1999.');
  });

  it('take the least and the last user id, and not the number that stands for none', () => {
    expect(collectUserIds('0,4294967294')).toHaveLength(2);
    expect(() => collectUserIds('4294967295')).toThrow('is no user id');
  });

  it('do not let the sidecar be root, whose programs would all pass', () => {
    expect(parseSidecarUserId('15177')).toBe(15_177);
    expect(() => parseSidecarUserId('0')).toThrow(
      'run the sidecar as a user of its own, or exclude root (--exclude-user-ids 0).',
    );
    expect(() => parseSidecarUserId('weir')).toThrow('Write a user id as a number, such as 15177; `id -u NAME` tells it.');
  });

  it('have a limit', () => {
    const many = Array.from({ length: 256 }, (_, i) => String(i + 1)).join(',');
    expect(collectPorts(many)).toHaveLength(256);
    expect(() => collectPorts('1', collectPorts(many))).toThrow('Write at most 256; ranges count as one.');
  });
});
