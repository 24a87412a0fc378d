// SPDX-License-Identifier: Apache-2.0

const LENGTH_MASK = 0x7f;
const MASK_BIT = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * Follows the frames of one direction of a WebSocket (RFC 6455 §5.2) without looking into them: where may another one stand?
 * Two octets, up to eight of extended length, four of mask, and the payload. What is known of a head is kept in numbers: most
 * WebSockets are idle, and a buffer for each direction would be a tenth of what they cost.
 */
export class FrameTracker {
  /** Of the head that has begun; 0 = none has. */
  private headBytes = 0;
  private extendedBytes = 0;
  private maskBytes = 0;
  /** Of the payload: as far as the head has told, and then what is still to come. */
  private payloadBytes = 0;

  /** Whether all frames that have begun are complete. */
  get isBetweenFrames(): boolean {
    return this.headBytes === 0 && this.payloadBytes === 0;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.headBytes === 0 && this.payloadBytes > 0) {
        const taken = Math.min(this.payloadBytes, chunk.length - at);
        this.payloadBytes -= taken;
        at += taken;
      } else this.takeHeadByte(chunk[at++]!);
    }
  }

  private takeHeadByte(byte: number): void {
    this.headBytes++;
    if (this.headBytes === 1) return;
    if (this.headBytes === 2) this.takeShortLength(byte);
    // Lengths are below 2^53 on any connection that lives; a larger one is only ever counted down.
    else if (this.headBytes <= 2 + this.extendedBytes) this.payloadBytes = this.payloadBytes * 256 + byte;
    if (this.headBytes === 2 + this.extendedBytes + this.maskBytes) this.headBytes = 0;
  }

  private takeShortLength(byte: number): void {
    const length = byte & LENGTH_MASK;
    this.maskBytes = (byte & MASK_BIT) === 0 ? 0 : MASK_BYTES;
    this.extendedBytes = extendedBytes(length);
    this.payloadBytes = this.extendedBytes === 0 ? length : 0;
  }
}

function extendedBytes(length: number): number {
  if (length === LENGTH_64) return 8;
  return length === LENGTH_16 ? 2 : 0;
}
