// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isOwnAddress, ownHostProblem } from './own-addresses.ts';

describe('addresses that are for a machine alone', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.169.254',
    '::1',
    '::',
    'fe80::1',
    '::ffff:169.254.169.254',
    'fd00:ec2::254',
  ])('%s is one', address => {
    expect(isOwnAddress(address)).toBe(true);
  });

  it.each(['10.96.0.1', '192.168.1.1', '8.8.8.8', 'fd00::1', '2001:db8::1', '::ffff:10.0.0.1'])('%s is none', address => {
    expect(isOwnAddress(address)).toBe(false);
  });

  it.each(['http://169.254.169.254/latest', 'http://[::1]:9090/', 'http://0x7f.1/', 'https://[::ffff:127.0.0.1]/'])(
    '%s is not called',
    url => {
      expect(ownHostProblem(new URL(url))).toContain('for the control plane and its node alone');
    },
  );

  it('names are looked at when they are looked up', () => {
    expect(ownHostProblem(new URL('http://prometheus.monitoring:9090/'))).toBeUndefined();
  });
});
