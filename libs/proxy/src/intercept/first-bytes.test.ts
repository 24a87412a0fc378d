// SPDX-License-Identifier: Apache-2.0
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FirstBytes } from './first-bytes.ts';
import type { ClientWords } from './first-bytes.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The first bytes that Node's client says. */
async function helloOf(servername: string, protocols: readonly string[]): Promise<Buffer> {
  return new Promise(resolve => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer) => {
        resolve(chunk);
        wire.destroy();
      },
    });
    connect({ socket: wire, servername, ALPNProtocols: [...protocols] }).on('error', () => undefined);
  });
}

function understood(chunks: readonly Buffer[]): ClientWords | undefined {
  const first = new FirstBytes();
  for (const chunk of chunks) {
    const words = first.push(chunk);
    if (words !== undefined) return words;
  }
  return undefined;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const oneByOne = (bytes: Buffer): readonly Buffer[] => Array.from(bytes, byte => Buffer.from([byte]));

describe('what a client says first', () => {
  it.each([
    ['http1', 'GET / HTTP/1.1\r\n'],
    ['http1', 'POST /orders?x=1 HTTP/1.1\r\nHost: a\r\n\r\n{}'],
    ['http1', 'CONNECT db.shop:5432 HTTP/1.1\r\n'],
    ['http1', 'OPTIONS * HTTP/1.0\r\n'],
    ['http1', 'PURGE-ALL http://a/ HTTP/1.1\r\n'],
    // What servers may take for requests, and the codec refuses.
    ['http1', '\r\n\r\nGET / HTTP/1.1\r\n'],
    ['http1', 'get  /\tHTTP/1.1\r\n'],
    ['http1', 'GET /caf\xe9 HTTP/9.9\r\n'],
    ['http1', 'PRI * HTTP/2.0\r\n\r\nXX'],
    ['http1', `GET /${'x'.repeat(16_384)}`],
    ['http2', PREFACE],
    ['http2', `${PREFACE}\0\0\0\x04\0\0\0\0\0`],
    ['opaque', 'EHLO client.example\r\n'],
    ['opaque', 'get key\r\n'],
    ['opaque', 'set key 0 0 5\r\nHTTP/'],
    ['opaque', '*1\r\n$4\r\nPING\r\n'],
    ['opaque', 'OPTIONS rtsp://a/ RTSP/1.0\r\n'],
    ['opaque', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['opaque', '\0\0\0\x08\x04\xd2\x16\x2f'],
    ['opaque', '\r\n'.repeat(5)],
    ['opaque', ' GET / HTTP/1.1\r\n'],
    ['opaque', `${'A'.repeat(33)} / HTTP/1.1\r\n`],
    ['opaque', 'GET /\0 HTTP/1.1\r\n'],
    ['opaque', 'GET /\r\n'],
    ['opaque', '\x16GET / HTTP/1.1\r\n'],
    ['opaque', '\x16\x03\x01\0\x05\x02\0\0\x01\0'],
  ])('is %s: %j', (protocol, text) => {
    expect(understood([bytesOf(text)])).toStrictEqual({ protocol });
    expect(understood(oneByOne(bytesOf(text)))).toStrictEqual({ protocol });
  });

  it.each(['', 'G', 'GET', 'GET ', 'GET / HTTP', 'PRI * HTTP/2.0\r\n\r\nSM', 'PING', '\r\n', '\x16', '\x16\x03\x01\x02'])(
    'is not known yet: %j',
    text => {
      expect(understood([bytesOf(text)])).toBeUndefined();
    },
  );

  it.each([
    ['db.shop', ['weir/1/tcp']],
    ['', []],
  ])('is TLS for %j with the protocols %j, wherever it is cut', async (serverName, protocols) => {
    const hello = await helloOf(serverName, protocols);
    for (let at = 0; at <= hello.length; at++) {
      const words = understood([hello.subarray(0, at), hello.subarray(at)].filter(({ length }) => length > 0));
      expect(words).toStrictEqual({ protocol: 'tls', hello: { serverName, protocols } });
    }
    expect(understood(oneByOne(hello))).toMatchObject({ protocol: 'tls' });
  });

  it('is the same however it is cut, and kept to the last byte that came', () => {
    const texts = fc.constantFrom(
      'GET /a HTTP/1.1\r\nHost: b\r\n\r\n',
      PREFACE,
      'EHLO a\r\n',
      'PRI * HTTP/2.0\r\n\r\nS\r\n',
      '\r\nGET / HTTP/1.1',
    );
    const cuts = fc.array(fc.nat(30)).map(all => all.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(texts, cuts, (text, ends) => {
        const whole = bytesOf(text);
        const first = new FirstBytes();
        const chunks = [...ends, whole.length]
          .map((end, i) => whole.subarray(ends[i - 1] ?? 0, end))
          .filter(({ length }) => length > 0);
        let pushed = '';
        for (const chunk of chunks) {
          pushed += chunk.toString('latin1');
          const words = first.push(chunk);
          expect(first.bytes.toString('latin1')).toBe(pushed);
          if (words === undefined) continue;
          expect(words).toStrictEqual(understood([whole]));
          return;
        }
        expect(understood([whole])).toBeUndefined();
      }),
    );
  });
});
