// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isStreamUrl, parseStreamUrl } from './stream-url.ts';

describe('parseStreamUrl', () => {
  it.each([
    ['tcp://127.0.0.1:5432', { scheme: 'tcp', host: '127.0.0.1', port: 5432 }],
    ['TLS://DB.example:443/', { scheme: 'tls', host: 'db.example', port: 443 }],
    ['udp://[2001:DB8::1]:53', { scheme: 'udp', host: '[2001:db8::1]', port: 53 }],
  ])('reads %s', (url, expected) => {
    expect(parseStreamUrl(url)).toEqual(expected);
  });

  it.each([
    'tcp:',
    'tcp://db.example',
    'tcp://:5432',
    'tcp://db.example:0',
    'tcp://db.example:65536',
    'tcp://db.example:5432/path',
    'tcp://db.example:5432?a',
    'tcp://user@db.example:5432',
    'tcp://::1:5432',
    'tcp://[::zz]:5432',
    'tcp://[1.2.3.4]:5432',
  ])('refuses %s', url => {
    expect(() => parseStreamUrl(url)).toThrow(
      'write host and port of a connection and nothing behind them, such as tcp://127.0.0.1:5432',
    );
  });

  it('leaves what is asked about requests to others', () => {
    expect(['http://tcp:80/', '/tcp://', 'tcpx://a:1', ''].filter(isStreamUrl)).toEqual([]);
  });
});
