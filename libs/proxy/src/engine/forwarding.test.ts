// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { applyForwarding } from './forwarding.ts';

interface Setting {
  readonly trustedHopCount?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly remoteAddress?: string;
}

function forwarded({ trustedHopCount = 0, headers = [], remoteAddress = '192.0.2.1' }: Setting = {}) {
  const exchange = createTestExchange({
    request: { authority: 'shop.example:8080', headers: HeaderList.of(...headers) },
    downstream: { remoteAddress },
  });
  const random = { ...createScriptedRandom(), hex: () => '00ff' };
  applyForwarding(exchange, trustedHopCount, random);
  return { exchange, fields: Object.fromEntries(exchange.request.headers.entries()) };
}

describe('applyForwarding', () => {
  it('says who called, how and for which host', () => {
    const { exchange, fields } = forwarded();
    expect(fields).toEqual({
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example:8080',
      forwarded: 'for=192.0.2.1;host="shop.example:8080";proto=http',
      'x-request-id': '00ff',
    });
    expect(exchange.clientAddress).toBe('192.0.2.1');
    expect(exchange.requestId).toBe('00ff');
  });

  it('believes nothing of what a client writes when no hop is trusted', () => {
    const { exchange, fields } = forwarded({
      headers: [
        ['x-forwarded-for', '10.0.0.1'],
        ['x-forwarded-for', '10.0.0.2'],
        ['x-forwarded-proto', 'https'],
        ['x-forwarded-host', 'evil.example'],
        ['forwarded', 'for=10.0.0.1'],
        ['x-request-id', 'mine'],
        ['weir-client-key', '00000001'],
      ],
    });
    expect(fields).toEqual(forwarded().fields);
    expect(exchange.clientAddress).toBe('192.0.2.1');
  });

  it.each([
    [1, '203.0.113.9'],
    [2, '198.51.100.7'],
    [3, '192.0.2.1'],
  ])('with %i trusted hops takes the address that the outermost of them saw: %s', (trustedHopCount, clientAddress) => {
    const { exchange, fields } = forwarded({ trustedHopCount, headers: [['x-forwarded-for', '198.51.100.7, 203.0.113.9']] });
    expect(exchange.clientAddress).toBe(clientAddress);
    expect(fields['x-forwarded-for']).toBe('198.51.100.7, 203.0.113.9, 192.0.2.1');
  });

  it('takes the key of a client of nobody, not even of trusted hops', () => {
    expect(
      forwarded({ trustedHopCount: 1, headers: [['weir-client-key', '00000001']] }).fields['weir-client-key'],
    ).toBeUndefined();
  });

  it('does not take words for an address', () => {
    expect(forwarded({ trustedHopCount: 1, headers: [['x-forwarded-for', 'unknown']] }).exchange.clientAddress).toBe('192.0.2.1');
  });

  it('keeps scheme, host and id of a trusted hop, but no id that could break a log', () => {
    const told = forwarded({
      trustedHopCount: 1,
      headers: [
        ['x-forwarded-proto', 'https'],
        ['x-forwarded-host', 'public.example'],
        ['x-request-id', 'abc-1'],
      ],
    }).fields;
    expect([told['x-forwarded-proto'], told['x-forwarded-host'], told['x-request-id']]).toEqual([
      'https',
      'public.example',
      'abc-1',
    ]);
    expect(forwarded({ trustedHopCount: 1, headers: [['x-request-id', 'a b"']] }).fields['x-request-id']).toBe('00ff');
  });

  it('quotes what RFC 7239 wants quoted', () => {
    expect(forwarded({ remoteAddress: '2001:db8::1' }).fields['forwarded']).toBe(
      'for="[2001:db8::1]";host="shop.example:8080";proto=http',
    );
  });
});
