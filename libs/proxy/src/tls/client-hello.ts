// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';

/** What of a ClientHello decides where the connection goes. */
export interface ClientHello {
  /** Lower-case; '' = none was sent. With Encrypted Client Hello this is the outer name: the inner one is not for us to read. */
  readonly serverName: string;
  /** What the client offers to speak inside (RFC 7301), in its order. */
  readonly protocols: readonly string[];
}

/** Ordinary ones have 300 to 2,000 bytes; post-quantum key shares and many tickets make a few thousand. */
const MAX_HELLO_BYTES = 16_384;
/** RFC 8446 §5.1. */
const MAX_RECORD_BYTES = 16_384;
const RECORD_HEAD_BYTES = 5;
const HANDSHAKE_HEAD_BYTES = 4;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;
const PROTOCOLS_EXTENSION = 16;
const HOST_NAME = 0;
/** RFC 1035 §2.3.4, and letters, digits, hyphens and underscores only: what else could be meant is not a listener's hostname. */
const HOSTNAME = /^(?=.{1,255}$)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/;

/**
 * Reads the ClientHello at the beginning of a TLS connection from as many records (RFC 8446 §5.1) and segments as it comes in,
 * without using the bytes up: `bytes` holds all that was pushed, for who terminates or passes the connection on. Each byte is
 * looked at once, so that a client that sends them one by one, each in a record of its own, costs no more than another.
 */
export class ClientHelloReader {
  private readonly chunks: Buffer[] = [];
  private byteCount = 0;
  private readonly recordHead = Buffer.alloc(RECORD_HEAD_BYTES);
  private recordHeadBytes = 0;
  /** Bytes of the current record that are still to come. */
  private recordRest = 0;
  private readonly message = Buffer.allocUnsafe(MAX_HELLO_BYTES);
  private messageBytes = 0;

  /** Whether nothing was pushed yet. */
  get isEmpty(): boolean {
    return this.byteCount === 0;
  }

  /** All that was pushed. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Takes bytes, in memory of their own. Undefined = it is not complete yet. Throws Fault `bad_request` where it never will be. */
  push(chunk: Buffer): ClientHello | undefined {
    this.chunks.push(chunk);
    this.byteCount += chunk.length;
    for (let at = 0; at < chunk.length;) {
      at += this.recordRest === 0 ? this.takeRecordHead(chunk, at) : this.takeFragment(chunk, at);
      if (this.isComplete()) return parseHello(this.message.subarray(HANDSHAKE_HEAD_BYTES, this.messageBytes));
    }
    if (this.byteCount >= MAX_HELLO_BYTES) throw tooLong();
    return undefined;
  }

  private takeRecordHead(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.recordHead, this.recordHeadBytes, at);
    this.recordHeadBytes += count;
    // The minor version is of no meaning (RFC 8446 §5.1).
    const [type, version = 3] = this.recordHead.subarray(0, this.recordHeadBytes);
    if (type !== HANDSHAKE_RECORD || version !== 3) throw malformed('it does not begin with a TLS handshake');
    if (this.recordHeadBytes < RECORD_HEAD_BYTES) return count;
    this.recordHeadBytes = 0;
    this.recordRest = this.recordHead.readUInt16BE(3);
    if (this.recordRest === 0 || this.recordRest > MAX_RECORD_BYTES) throw malformed(`a record of ${this.recordRest} bytes`);
    return count;
  }

  private takeFragment(chunk: Buffer, at: number): number {
    const count = Math.min(this.recordRest, chunk.length - at);
    if (this.messageBytes + count > MAX_HELLO_BYTES) throw tooLong();
    chunk.copy(this.message, this.messageBytes, at, at + count);
    this.messageBytes += count;
    this.recordRest -= count;
    return count;
  }

  private isComplete(): boolean {
    if (this.messageBytes === 0) return false;
    if (this.message[0] !== CLIENT_HELLO) throw malformed('the first message is not a ClientHello');
    if (this.messageBytes < HANDSHAKE_HEAD_BYTES) return false;
    const length = HANDSHAKE_HEAD_BYTES + this.message.readUIntBE(1, 3);
    if (length > MAX_HELLO_BYTES) throw tooLong();
    if (this.messageBytes > length) this.messageBytes = length;
    return this.messageBytes === length;
  }
}

function tooLong(): Fault {
  return malformed(`longer than ${MAX_HELLO_BYTES} bytes`);
}

/** RFC 8446 §4.1.2: version, random, session id, cipher suites, compression methods, extensions. */
function parseHello(fields: Buffer): ClientHello {
  const reader = new Vectors(fields);
  reader.skip(2 + 32);
  reader.vector(1);
  reader.vector(2);
  reader.vector(1);
  // Before TLS 1.2 a ClientHello could end here.
  if (!reader.hasMore()) return { serverName: '', protocols: [] };
  const extensions = new Vectors(reader.vector(2));
  if (reader.hasMore()) throw malformed('bytes after its extensions');
  const names: string[] = [];
  let protocols: readonly string[] = [];
  while (extensions.hasMore()) {
    const type = extensions.number(2);
    const body = extensions.vector(2);
    if (type === SERVER_NAME_EXTENSION) names.push(parseServerName(body));
    else if (type === PROTOCOLS_EXTENSION) protocols = parseProtocols(body);
  }
  if (names.length > 1) throw malformed('two server name extensions');
  return { serverName: names[0] ?? '', protocols };
}

/** RFC 7301 §3.1. */
function parseProtocols(body: Buffer): readonly string[] {
  const list = new Vectors(new Vectors(body).vector(2));
  const names: string[] = [];
  while (list.hasMore()) names.push(list.vector(1).toString('latin1'));
  return names;
}

/** RFC 6066 §3: a list with at most one name of each type, of which there is one type. */
function parseServerName(body: Buffer): string {
  const list = new Vectors(new Vectors(body).vector(2));
  const type = list.number(1);
  const name = list.vector(2).toString('latin1');
  if (type !== HOST_NAME || list.hasMore() || !HOSTNAME.test(name)) throw malformed('the server name is not a hostname');
  return name.toLowerCase();
}

/** Reads the vectors of TLS's presentation language (RFC 8446 §3.4): a length of some bytes, and that many bytes. */
class Vectors {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  hasMore(): boolean {
    return this.at < this.bytes.length;
  }

  skip(byteCount: number): void {
    if (this.at + byteCount > this.bytes.length) throw malformed('a part of it is longer than the whole');
    this.at += byteCount;
  }

  number(byteCount: number): number {
    const { at } = this;
    this.skip(byteCount);
    return this.bytes.readUIntBE(at, byteCount);
  }

  vector(lengthBytes: number): Buffer {
    const length = this.number(lengthBytes);
    const { at } = this;
    this.skip(length);
    return this.bytes.subarray(at, at + length);
  }
}

function malformed(detail: string): Fault {
  return new Fault('bad_request', `ClientHello: ${detail}`);
}
