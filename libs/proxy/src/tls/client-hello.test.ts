// SPDX-License-Identifier: Apache-2.0
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { Fault } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientHelloReader } from './client-hello.ts';

/** The first bytes that Node's client says. */
async function helloOf(servername: string): Promise<Buffer> {
  return new Promise(resolve => {
    const wire = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer) => {
        resolve(chunk);
        wire.destroy();
      },
    });
    connect({ socket: wire, servername }).on('error', () => undefined);
  });
}

/** The same message in records of a few bytes each. */
function fragmented(hello: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, 0, part.length]), part);
  }
  return Buffer.concat(records);
}

function read(...chunks: readonly Buffer[]): string | undefined {
  const reader = new ClientHelloReader();
  let name: string | undefined;
  for (const chunk of chunks) name ??= reader.push(chunk)?.serverName;
  return name;
}

function faultOf(action: () => unknown): string {
  try {
    return String(action());
  } catch (reason) {
    return reason instanceof Fault ? `${reason.code}: ${reason.message}` : 'not a fault';
  }
}

/** A message with one extension of type 0. */
function helloWith(serverName: Buffer): Buffer {
  const vector = (lengthBytes: number, bytes: Buffer): Buffer => {
    const length = Buffer.alloc(lengthBytes);
    length.writeUIntBE(bytes.length, 0, lengthBytes);
    return Buffer.concat([length, bytes]);
  };
  const extension = Buffer.concat([Buffer.from([0, 0]), vector(2, serverName)]);
  const body = Buffer.concat([Buffer.alloc(34), Buffer.from([0, 0, 2, 0, 0, 1, 0]), vector(2, extension)]);
  return Buffer.concat([Buffer.from([22, 3, 1]), vector(2, Buffer.concat([Buffer.from([1]), vector(3, body)]))]);
}

const nameList = (name: string): Buffer =>
  Buffer.concat([Buffer.from([0, name.length + 3, 0, 0, name.length]), Buffer.from(name, 'latin1')]);

describe('ClientHelloReader', () => {
  it('reads the server name of a real client, in lower case', async () => {
    expect(read(await helloOf('Db.Shop.Example'))).toBe('db.shop.example');
  });

  it('reads that there is none', async () => {
    expect(read(await helloOf(''))).toBe('');
  });

  it('reads it wherever the bytes are split, and keeps all of them', async () => {
    const hello = await helloOf('db.example');
    for (let at = 0; at <= hello.length; at++) {
      const reader = new ClientHelloReader();
      const early = reader.push(hello.subarray(0, at));
      const late = early ?? reader.push(hello.subarray(at));
      expect(late?.serverName).toBe('db.example');
      expect(reader.bytes.equals(early === undefined ? hello : hello.subarray(0, at))).toBe(true);
    }
  });

  it.each([1, 2, 3, 4, 7, 250])('reads it from records of %i bytes', async size => {
    const bytes = fragmented(await helloOf('db.example'), size);
    expect(read(bytes)).toBe('db.example');
    expect(read(...Array.from(bytes, byte => Buffer.from([byte])))).toBe('db.example');
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['another message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0, 22])],
    ['too long a record', Buffer.from([22, 3, 1, 0x40, 1, 1])],
    ['too long a message', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x40, 1])],
    ['a message that ends within a field', Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3])],
    ['a name that is none', helloWith(nameList('a b.example'))],
    ['an address in brackets', helloWith(nameList('[::1]'))],
    ['an empty name', helloWith(nameList(''))],
    ['two names', helloWith(Buffer.from([0, 8, 0, 0, 1, 97, 0, 0, 1, 98]))],
    ['a list longer than its extension', helloWith(Buffer.from([0, 9, 0, 0, 1, 97]))],
  ])('refuses %s', (_, bytes) => {
    expect(faultOf(() => read(bytes))).toMatch(/^bad_request: ClientHello: /);
  });

  it('never takes more than its limit, nor throws anything but a fault', async () => {
    const hello = await helloOf('db.example');
    const mutation = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(mutation, fc.nat(200), (changes, cut) => {
        const bytes = Buffer.from(hello);
        for (const [at, value] of changes) bytes[at] = value;
        expect(faultOf(() => read(bytes.subarray(0, cut), bytes.subarray(cut)))).not.toBe('not a fault');
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(faultOf(() => read(Buffer.from([22, 3, 1, 1, 0x2c, 1, 0, 1, 0x28]), Buffer.from(bytes)))).not.toBe('not a fault');
      }),
    );
    const endless = fragmented(Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, 0x40, 0]), Buffer.alloc(20_000)]), 1);
    expect(faultOf(() => read(endless.subarray(0, 20_000)))).toMatch(/longer than 16384/);
  });
});
