// SPDX-License-Identifier: Apache-2.0

/** How much a peer may send to one stream ahead of what is taken: a round trip of 20 ms then lets 100 Mbit/s through. */
export const STREAM_WINDOW_BYTES = 262_144;
/** And to all streams of a connection together. */
export const CONNECTION_WINDOW_BYTES = 1_048_576;
/** What the streams of a connection may hold for slow takers before the connection itself gets no more credit. */
export const MAX_HELD_BYTES = 1_048_576;

/** What a peer may still send (RFC 9113 §5.2), and what it is to be given back. */
export class ReceiveWindow {
  private readonly sizeBytes: number;
  private leftBytes: number;
  private usedBytes = 0;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.leftBytes = sizeBytes;
  }

  /** Octets have come. False: more than the peer was allowed. */
  receive(bytes: number): boolean {
    this.leftBytes -= bytes;
    return this.leftBytes >= 0;
  }

  /** Octets are no longer ours to keep. Returns the credit to tell the peer of now; 0 = not worth a frame yet. */
  release(bytes: number): number {
    this.usedBytes += bytes;
    if (this.usedBytes < this.sizeBytes / 2) return 0;
    const credit = this.usedBytes;
    this.usedBytes = 0;
    this.leftBytes += credit;
    return credit;
  }
}
