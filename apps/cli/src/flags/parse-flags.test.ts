// SPDX-License-Identifier: Apache-2.0
import { anyAddress } from '@weir/base';
import { describe, expect, it } from 'vitest';
import {
  collectHeader,
  parseAddress,
  parseCaller,
  parseHopCount,
  parseMetricsAddress,
  parseWait,
  parseWorkerCount,
  parseNode,
  parseZone,
} from './parse-flags.ts';

describe('the flags', () => {
  it.each([
    ['127.0.0.1:9464', { address: '127.0.0.1', port: 9464 }],
    [':9464', { address: '127.0.0.1', port: 9464 }],
    ['[::1]:0', { address: '::1', port: 0 }],
    ['*:15021', { address: anyAddress(), port: 15_021 }],
    ['off', 'off'],
  ])('read %s as a place for metrics', (text, expected) => {
    expect(parseMetricsAddress(text)).toStrictEqual(expected);
  });

  it.each(['9464', 'localhost:9464', '127.0.0.1:', '127.0.0.1:70000', '127.0.0.1:-1', ''])(
    'refuse %j as a place for metrics',
    text => {
      expect(() => parseMetricsAddress(text)).toThrow(
        'Write ADDRESS:PORT, such as 127.0.0.1:9464, or *:9464 for every address of this machine, or off.',
      );
    },
  );

  it('read counts within their bounds', () => {
    expect([parseWorkerCount('4'), parseHopCount('0')]).toStrictEqual([4, 0]);
    expect(() => parseWorkerCount('0')).toThrow('Write a whole number from 1 to 256.');
    expect(() => parseWorkerCount('2.5')).toThrow('whole number');
    expect(() => parseHopCount('-1')).toThrow('Write a whole number from 0 to 32.');
  });

  it('want addresses, not names', () => {
    expect(parseAddress('::')).toBe('::');
    expect(() => parseAddress('localhost')).toThrow('Write an IP address');
  });

  it('take a client by its address, without the zone that only its own machine knows', () => {
    expect(parseCaller('2001:db8::1')).toEqual({ clientAddress: '2001:db8::1' });
    expect(parseCaller('shop/cart')).toEqual({ caller: 'shop/cart' });
    expect(() => parseCaller('fe80::1%eth0')).toThrow('Write the IP address of a client');
  });

  it.each(['', 'europe-west1-b', 'rack_7.a', 'z'])('take %j as a zone', text => {
    expect(parseZone(text)).toBe(text);
  });

  it.each(['a b', '-a', 'a.', 'zoné', 'a'.repeat(64)])('refuse %j as a zone', text => {
    expect(() => parseZone(text)).toThrow('Write the name of a zone');
  });

  it.each(['', 'worker-1', 'ip-10-0-0-1.eu-west-1.compute.internal'])('take %j as a node', text => {
    expect(parseNode(text)).toBe(text);
  });

  it.each(['a b', 'Worker', '-a', 'a'.repeat(254)])('refuse %j as a node', text => {
    expect(() => parseNode(text)).toThrow('Write the name of a node');
  });

  it('collect headers with lower-case names', () => {
    expect(collectHeader('b:2', collectHeader('X-Canary: yes, please '))).toStrictEqual([
      ['x-canary', 'yes, please'],
      ['b', '2'],
    ]);
    expect(() => collectHeader('no colon')).toThrow("Write 'name: value', such as 'x-canary: yes'.");
  });

  it('read durations', () => {
    expect([parseWait('0'), parseWait('1m30s'), parseWait('500ms')]).toStrictEqual([0, 90_000, 500]);
    expect(() => parseWait('30')).toThrow('such as 1h30m or 500ms');
  });
});
