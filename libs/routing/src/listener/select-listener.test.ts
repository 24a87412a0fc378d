// SPDX-License-Identifier: Apache-2.0
import type { Listener, Port } from '@weir/policy/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitRequest, selectListener } from './select-listener.ts';

function portOf(...hostnames: string[]): Port {
  const listeners = hostnames.map((hostname): Listener => ({
    name: `shop/edge/${hostname}`,
    hostname,
    protocol: 'HTTPS',
    tls: undefined,
    backendCertificate: undefined,
  }));
  const at = { name: 'port/127.0.0.1/443', address: '127.0.0.1', port: 443 };
  return { kind: 'port', ...at, protocol: 'TLS', proxyProtocolFrom: [], listeners };
}

describe('selectListener', () => {
  const port = portOf('*', '*.example', 'shop.example', '*.shop.example');

  it.each([
    ['shop.example', 'shop.example'],
    ['a.shop.example', '*.shop.example'],
    ['other.example', '*.example'],
    ['elsewhere.test', '*'],
  ])('gives %s to the listener for %s', (host, hostname) => {
    expect(selectListener(port, host)?.hostname).toBe(hostname);
  });

  it('finds among many what it finds among few', () => {
    const names = fc.constantFrom('a.example', 'b.a.example', 'example', 'c', '*.example', '*.a.example', '*');
    const host = fc.constantFrom('a.example', 'b.a.example', 'x.b.a.example', 'x.example.', 'example', 'c', '', '.example');
    const others = Array.from({ length: 9 }, (_, i) => `other-${i}.test`);
    fc.assert(
      fc.property(fc.uniqueArray(names), host, (hostnames, asked) => {
        const few = selectListener(portOf(...hostnames), asked)?.hostname;
        expect(selectListener(portOf(...others, ...hostnames), asked)?.hostname).toBe(few);
      }),
    );
  });

  it('gives a host that nobody covers to nobody', () => {
    expect(selectListener(portOf('shop.example'), 'other.example')).toBeUndefined();
  });
});

describe('admitRequest', () => {
  const port = portOf('shop.example', '*.example');
  const [exact, wildcard] = port.listeners;

  it('admits a request to the listener that the connection was opened for', () => {
    expect(admitRequest(port, 'shop.example', exact)).toEqual({ listener: exact, fault: undefined });
    expect(admitRequest(port, 'other.example', wildcard)).toEqual({ listener: wildcard, fault: undefined });
  });

  it('answers 421 where another listener is the more specific one for the host', () => {
    expect(admitRequest(port, 'shop.example', wildcard)).toEqual({ listener: undefined, fault: 'misdirected_request' });
  });

  it('answers 404 where no listener covers the host', () => {
    expect(admitRequest(port, 'elsewhere.test', exact)).toEqual({ listener: undefined, fault: 'route_not_found' });
  });

  it('does not look at the connection on ports without TLS', () => {
    expect(admitRequest(port, 'shop.example', undefined).listener).toBe(exact);
  });
});
