// SPDX-License-Identifier: Apache-2.0

const BINARY = 0x82;
const MASK_BIT = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** A binary message in one frame (RFC 6455 §5.2); a client's mask is of zeros, which spares both ends the masking. */
export function renderMessage(payload: Buffer, isMasked: boolean): Buffer {
  const head = Buffer.alloc(10);
  head[0] = BINARY;
  let headBytes = 2;
  if (payload.length < LENGTH_16) {
    head[1] = payload.length;
  } else if (payload.length < 65_536) {
    head[1] = LENGTH_16;
    headBytes = head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = LENGTH_64;
    headBytes = head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  if (isMasked) head[1] |= MASK_BIT;
  return Buffer.concat([head.subarray(0, headBytes), Buffer.alloc(isMasked ? MASK_BYTES : 0), payload]);
}

/** Cuts what comes into messages of one frame each, and gives their payloads. */
export class MessageSplitter {
  private readonly onMessage: (payload: Buffer) => void;
  private parts: Buffer[] = [];
  private heldBytes = 0;
  /** What is held is too little below this. */
  private wantedBytes = 2;

  constructor(onMessage: (payload: Buffer) => void) {
    this.onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.parts.push(chunk);
    this.heldBytes += chunk.length;
    // Joining at every read would copy a long message many times over.
    if (this.heldBytes < this.wantedBytes) return;
    const bytes = this.parts.length === 1 ? chunk : Buffer.concat(this.parts);
    const rest = this.take(bytes);
    this.parts = rest.length === 0 ? [] : [rest];
    this.heldBytes = rest.length;
  }

  private take(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const rest = bytes.subarray(at);
      const { headBytes, payloadBytes } = readHead(rest);
      this.wantedBytes = headBytes + payloadBytes;
      if (rest.length < this.wantedBytes) return rest;
      this.onMessage(rest.subarray(headBytes, this.wantedBytes));
      at += this.wantedBytes;
    }
  }
}

/** Where a head is not complete, it is what is wanted next. */
function readHead(bytes: Buffer): { readonly headBytes: number; readonly payloadBytes: number } {
  if (bytes.length < 2) return { headBytes: 2, payloadBytes: 0 };
  const length = bytes[1]! & ~MASK_BIT;
  const extendedBytes = length === LENGTH_64 ? 8 : Number(length === LENGTH_16) * 2;
  const headBytes = 2 + extendedBytes + ((bytes[1]! & MASK_BIT) === 0 ? 0 : MASK_BYTES);
  if (bytes.length < headBytes || extendedBytes === 0) return { headBytes, payloadBytes: length < LENGTH_16 ? length : 0 };
  return { headBytes, payloadBytes: bytes.readUIntBE(2 + Math.max(extendedBytes - 6, 0), Math.min(extendedBytes, 6)) };
}
