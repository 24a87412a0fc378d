// SPDX-License-Identifier: Apache-2.0

const LENGTH_MASK = 0x7f;
const MASK_BIT = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** Two octets, eight of extended length, four of mask (RFC 6455 §5.2). */
const MAX_HEAD_BYTES = 14;

/** Follows the frames of one direction of a WebSocket (RFC 6455 §5.2) without looking into them: where may another one stand? */
export class FrameTracker {
  private readonly head = Buffer.alloc(MAX_HEAD_BYTES);
  private headBytes = 0;
  private payloadBytes = 0;

  /** Whether all frames that have begun are complete. */
  get isBetweenFrames(): boolean {
    return this.headBytes === 0 && this.payloadBytes === 0;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.payloadBytes > 0) {
        const taken = Math.min(this.payloadBytes, chunk.length - at);
        this.payloadBytes -= taken;
        at += taken;
      } else {
        this.head[this.headBytes++] = chunk[at++]!;
        if (this.headBytes >= this.headLength) this.beginPayload();
      }
    }
  }

  /** As far as it can be told from what has come. */
  private get headLength(): number {
    if (this.headBytes < 2) return 2;
    const second = this.head[1]!;
    return 2 + extendedBytes(second & LENGTH_MASK) + ((second & MASK_BIT) === 0 ? 0 : MASK_BYTES);
  }

  private beginPayload(): void {
    const length = this.head[1]! & LENGTH_MASK;
    this.headBytes = 0;
    if (length === LENGTH_16) this.payloadBytes = this.head.readUInt16BE(2);
    else if (length === LENGTH_64) this.payloadBytes = Number(this.head.readBigUInt64BE(2));
    else this.payloadBytes = length;
  }
}

function extendedBytes(length: number): number {
  if (length === LENGTH_64) return 8;
  return length === LENGTH_16 ? 2 : 0;
}
