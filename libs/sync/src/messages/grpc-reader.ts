// SPDX-License-Identifier: Apache-2.0

/** Flag of compression, and the length as 32 bits (gRPC over HTTP/2, Length-Prefixed-Message). */
const HEAD_BYTES = 5;

/** Cuts what comes on a gRPC stream into messages. */
export class GrpcReader {
  private readonly onMessage: (message: Uint8Array) => void;
  private readonly maxBytes: number;
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** Needed for the message that is being read, or for its head. */
  private wanted = HEAD_BYTES;

  constructor(maxBytes: number, onMessage: (message: Uint8Array) => void) {
    this.maxBytes = maxBytes;
    this.onMessage = onMessage;
  }

  /** Throws on what is no message, or one that is too large or compressed; nothing is to be pushed after that. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes < this.wanted) return;
    const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    const rest = all.subarray(this.readAll(all));
    this.chunks = rest.length === 0 ? [] : [rest];
    this.bytes = rest.length;
  }

  /** How many bytes were read. */
  private readAll(all: Buffer): number {
    let at = 0;
    for (;;) {
      this.wanted = HEAD_BYTES;
      if (all.length < at + HEAD_BYTES) return at;
      if (all[at] !== 0) throw new Error('the proxy sends compressed messages, which are not taken');
      const length = all.readUInt32BE(at + 1);
      if (length > this.maxBytes) throw new Error(`a message of ${length} bytes is larger than ${this.maxBytes}`);
      this.wanted = HEAD_BYTES + length;
      if (all.length < at + this.wanted) return at;
      // As bare bytes: what is read of it is kept in this form.
      this.onMessage(new Uint8Array(all.buffer, all.byteOffset + at + HEAD_BYTES, length));
      at += this.wanted;
    }
  }
}
