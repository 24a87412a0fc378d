// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { Readable } from 'node:stream';
import { waitFor } from '@weir/testing';

/** The bridge of a node's pods, where that node is this machine. */
const BRIDGE = process.env['WEIR_E2E_BRIDGE'] ?? 'cni0';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;

/** Skips a test where packets between pods cannot be seen from here. Within the test: a node has its bridge once it has a pod. */
export function skipWithoutCapture(skip: (why: string) => void): void {
  const why = whyNoCapture();
  if (why !== undefined) skip(why);
}

function whyNoCapture(): string | undefined {
  if (!(BRIDGE in networkInterfaces())) return `this machine has no ${BRIDGE}, the bridge of a node's pods`;
  return spawnSync('tcpdump', ['--version']).status === 0 ? undefined : 'there is no tcpdump';
}

/** All packets on the bridge that a filter takes (pcap-filter(7)), as they are. */
export class PacketCapture implements AsyncDisposable {
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly chunks: Buffer[] = [];
  private notes = '';

  private constructor(filter: string) {
    this.child = spawn('tcpdump', ['-i', BRIDGE, '-U', '-w', '-', filter], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.notes += text));
  }

  /** Resolves once nothing is missed any more. */
  static async begin(filter: string): Promise<PacketCapture> {
    const capture = new PacketCapture(filter);
    await waitFor(() => capture.notes.includes('listening on'), { what: () => `tcpdump to listen\n${capture.notes}` });
    return capture;
  }

  /** What was captured so far; requests and answers that are not encrypted can be read in it. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Who has sent something to whom over TCP, as `FROM > TO`. */
  get talks(): ReadonlySet<string> {
    return talksIn(this.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGINT');
    await closed;
  }
}

/** Of a file of pcap (little-endian, link type Ethernet) with TCP over IPv4; packets without data, as those that open a connection, say nothing. */
function talksIn(file: Buffer): ReadonlySet<string> {
  const talks = new Set<string>();
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= file.length) {
    const ip = at + RECORD_HEADER_BYTES + ETHERNET_BYTES;
    at += RECORD_HEADER_BYTES + file.readUInt32LE(at + 8);
    // The last one may be under way.
    if (at <= file.length && dataBytesAt(file, ip) > 0) talks.add(`${addressAt(file, ip + 12)} > ${addressAt(file, ip + 16)}`);
  }
  return talks;
}

/** RFC 791, section 3.1; RFC 9293, section 3.1. */
function dataBytesAt(file: Buffer, ip: number): number {
  const ipBytes = (file[ip]! & 0x0f) * 4;
  const tcpBytes = (file[ip + ipBytes + 12]! >> 4) * 4;
  return file.readUInt16BE(ip + 2) - ipBytes - tcpBytes;
}

function addressAt(file: Buffer, offset: number): string {
  return [...file.subarray(offset, offset + 4)].join('.');
}
