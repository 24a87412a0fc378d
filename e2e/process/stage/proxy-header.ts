// SPDX-License-Identifier: Apache-2.0
import type { UpstreamScript } from '@weir/testing';

// The PROXY protocol as its specification has it (haproxy.org, proxy-protocol.txt, §2.1 and §2.2), written for tests alone: it
// shares nothing with what is tested.

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** What a header says of a connection's ends. */
export interface ProxiedTo {
  readonly version: 'v1' | 'v2';
  readonly source: string;
  readonly destination: string;
}

/** A header in version 2 of a TCP connection between IPv4 addresses. */
export function proxyHeaderV2(source: readonly [string, number], destination: readonly [string, number]): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source[1], 0);
  ports.writeUInt16BE(destination[1], 2);
  const addresses = [source[0], destination[0]].flatMap(address => address.split('.').map(Number));
  return Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, 12, ...addresses]), ports]);
}

/** Requires a header in either version, answers with what it says, and repeats the rest. */
export const readingProxyHeader: UpstreamScript = async connection => {
  const { reader } = connection;
  const first = await reader.readExactly(12);
  const { version, source, destination } = first.equals(SIGNATURE)
    ? readVersion2(await reader.readExactly(16))
    : readVersion1(first.toString('latin1') + (await reader.readThrough('\n')).toString('latin1'));
  await connection.send(`${version} ${source} ${destination}\n`);
  for (let bytes = await reader.readSome(); bytes !== undefined; bytes = await reader.readSome()) await connection.send(bytes);
};

function readVersion1(line: string): ProxiedTo {
  const found = /^PROXY TCP4 (?<from>[\d.]+) (?<to>[\d.]+) (?<fromPort>\d+) (?<toPort>\d+)\r\n$/v.exec(line)?.groups;
  if (found === undefined) throw new Error(`not a PROXY header: ${JSON.stringify(line)}`);
  const { from = '', to = '', fromPort = '', toPort = '' } = found;
  return { version: 'v1', source: `${from}:${fromPort}`, destination: `${to}:${toPort}` };
}

function readVersion2(rest: Buffer): ProxiedTo {
  if (rest.readUInt32BE(0) !== 0x21_11_00_0c) throw new Error(`not PROXY over TCP and IPv4: ${rest.toString('hex')}`);
  const address = (at: number): string => rest.subarray(at, at + 4).join('.');
  return {
    version: 'v2',
    source: `${address(4)}:${rest.readUInt16BE(12)}`,
    destination: `${address(8)}:${rest.readUInt16BE(14)}`,
  };
}
