// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProxyHeader } from './parse-proxy-header.ts';
import { proxyHeader } from './proxy-header.ts';
import type { ProxiedEnds } from './proxy-header.ts';

const V4: ProxiedEnds = { source: { address: '192.0.2.7', port: 4711 }, destination: { address: '192.0.2.1', port: 443 } };
const V6: ProxiedEnds = { source: { address: '2001:db8::7', port: 1 }, destination: { address: '2001:db8::1', port: 65_535 } };
const MIXED: ProxiedEnds = { source: V4.source, destination: V6.destination };
const SIGNATURE = '0d0a0d0a000d0a515549540a';

function parseText(text: string) {
  return parseProxyHeader(Buffer.from(text, 'latin1'));
}

function parseHex(hex: string) {
  return parseProxyHeader(Buffer.from(SIGNATURE + hex, 'hex'));
}

function faultOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (reason) {
    return reason instanceof Fault ? reason.code : 'not a fault';
  }
}

describe('proxyHeader', () => {
  it('writes version 1', () => {
    expect(proxyHeader('v1', V4).toString()).toBe('PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n');
    expect(proxyHeader('v1', V6).toString()).toBe('PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n');
    expect(proxyHeader('v1', MIXED).toString()).toBe('PROXY UNKNOWN\r\n');
  });

  it('writes version 2', () => {
    expect(proxyHeader('v2', V4).toString('hex')).toBe(`${SIGNATURE}2111000cc0000207c0000201126701bb`);
    expect(proxyHeader('v2', V6).toString('hex')).toBe(
      `${SIGNATURE}2121002420010db800000000000000000000000720010db80000000000000000000000010001ffff`,
    );
    expect(proxyHeader('v2', MIXED).toString('hex')).toBe(`${SIGNATURE}21000000`);
  });
});

describe('parseProxyHeader', () => {
  it.each(['v1', 'v2'] as const)('reads what is written in %s, wherever it is split', version => {
    for (const ends of [V4, V6]) {
      const header = proxyHeader(version, ends);
      for (let at = 0; at < header.length; at++) expect(parseProxyHeader(header.subarray(0, at))).toBeUndefined();
      const withMore = Buffer.concat([header, Buffer.from('\r\nmore')]);
      expect(parseProxyHeader(withMore)).toEqual({ length: header.length, source: ends.source });
    }
  });

  it('takes no address from UNKNOWN, LOCAL, and families other than IP', () => {
    expect(parseText('PROXY UNKNOWN ffff:f...f:ffff ffff 1 2\r\n')).toMatchObject({ source: undefined });
    expect(parseHex('20000000')).toEqual({ length: 16, source: undefined });
    expect(parseHex('20110003aabbcc')).toEqual({ length: 19, source: undefined });
    expect(parseHex(`213100d8${'00'.repeat(216)}`)).toEqual({ length: 232, source: undefined });
  });

  it('skips what follows the addresses', () => {
    expect(parseHex('21110010c0000207c0000201126701bb04000100')).toEqual({ length: 32, source: V4.source });
  });

  it.each([
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 4711\r\n',
    'PROXY TCP4 192.0.2.7  192.0.2.1 4711 443\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 4711 443 \r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 04711 443\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 4711 65536\r\n',
    'PROXY TCP4 2001:db8::7 192.0.2.1 1 2\r\n',
    'PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n',
    'PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n',
    'proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n',
    `PROXY UNKNOWN ${'x'.repeat(200)}`,
  ])('refuses %j', text => {
    expect(faultOf(() => parseText(text))).toBe('bad_request');
  });

  it.each(['11110000', '22110000', '2111000bc0000207c0000201126701', '212100200000'])('refuses the binary head %s', hex => {
    expect(faultOf(() => parseHex(hex))).toBe('bad_request');
  });

  it('never throws anything but a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom(SIGNATURE, Buffer.from('PROXY TCP4 ').toString('hex')), fc.uint8Array(), (start, rest) => {
        const bytes = Buffer.concat([Buffer.from(start, 'hex'), rest]);
        expect(faultOf(() => parseProxyHeader(bytes))).not.toBe('not a fault');
      }),
    );
  });
});
