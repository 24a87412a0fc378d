// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  readonly status = 413;
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** Of all bodies that are not whole yet. */
  readonly maxAllBytes: number;
}

/**
 * Reads bodies of requests whose senders nobody knows. Where all that are under way have too many bytes, the one that began first is given up: who
 * sends without delay is not kept waiting by who does not.
 */
export class BodyReader {
  private readonly limits: BodyLimits;
  /** How many bytes each has so far, in the order in which they began. */
  private readonly underWay = new Map<IncomingMessage, number>();
  private allBytes = 0;

  constructor(limits: BodyLimits) {
    this.limits = limits;
  }

  /** The text of a body. Throws BodyTooLarge as soon as it is more than that, and where its request is given up. */
  async read(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        this.take(request, chunk.length);
        chunks.push(chunk);
      }
    } finally {
      this.forget(request);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  private take(request: IncomingMessage, more: number): void {
    const { maxBytes, maxAllBytes } = this.limits;
    const bytes = (this.underWay.get(request) ?? 0) + more;
    if (bytes > maxBytes) throw new BodyTooLarge(`the body has more than ${maxBytes} bytes`);
    this.underWay.set(request, bytes);
    this.allBytes += more;
    for (const oldest of this.underWay.keys()) {
      if (this.allBytes <= maxAllBytes) return;
      this.forget(oldest);
      oldest.destroy(new BodyTooLarge('too many bodies are under way'));
    }
  }

  private forget(request: IncomingMessage): void {
    this.allBytes -= this.underWay.get(request) ?? 0;
    this.underWay.delete(request);
  }
}
