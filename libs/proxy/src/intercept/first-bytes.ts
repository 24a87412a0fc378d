// SPDX-License-Identifier: Apache-2.0
import { PREFACE } from '../http2/frame.ts';
import { ClientHelloReader } from '../tls/client-hello.ts';
import type { ClientHello } from '../tls/client-hello.ts';
import { RequestLineScanner } from './request-line-scanner.ts';

/** What a client speaks. `hello` is of TLS only. */
export type ClientWords =
  { readonly protocol: 'http1' | 'http2' | 'opaque' } | { readonly protocol: 'tls'; readonly hello: ClientHello };

const HANDSHAKE_RECORD = 22;

/**
 * Tells HTTP/1, HTTP/2 by prior knowledge (RFC 9113 §3.3) and TLS by what a client says first, however it is cut. Keeps all bytes,
 * for who takes the connection over.
 */
export class FirstBytes {
  private readonly chunks: Buffer[] = [];
  private readonly line = new RequestLineScanner();
  private hello: ClientHelloReader | undefined;
  private byteCount = 0;
  private isPreface = true;
  private isHttp1 = false;

  /** All that was pushed. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get isEmpty(): boolean {
    return this.byteCount === 0;
  }

  /** Whether the first byte is that of a TLS handshake; nothing of HTTP begins with it. */
  get mayBeTls(): boolean {
    return this.hello !== undefined;
  }

  /** Takes bytes, in memory of their own. Undefined = more are needed. */
  push(chunk: Buffer): ClientWords | undefined {
    this.chunks.push(chunk);
    const [first] = chunk;
    if (this.isEmpty && first === HANDSHAKE_RECORD) this.hello = new ClientHelloReader();
    if (this.hello === undefined) return this.scan(chunk);
    this.byteCount += chunk.length;
    return readHello(this.hello, chunk);
  }

  private scan(chunk: Buffer): ClientWords | undefined {
    for (const byte of chunk) {
      if (this.isPreface) this.isPreface = byte === PREFACE[this.byteCount];
      this.byteCount++;
      if (this.isPreface && this.byteCount === PREFACE.length) return { protocol: 'http2' };
      const verdict = this.isHttp1 ? 'http' : this.line.take(byte);
      this.isHttp1 = verdict === 'http';
      // The preface is a request line too, until it goes on.
      if (verdict === 'http' && !this.isPreface) return { protocol: 'http1' };
      if (verdict === 'other') return { protocol: 'opaque' };
    }
    return undefined;
  }
}

/** What begins like a handshake and is none is for the two ends to make out. */
function readHello(reader: ClientHelloReader, chunk: Buffer): ClientWords | undefined {
  try {
    const hello = reader.push(chunk);
    return hello === undefined ? undefined : { protocol: 'tls', hello };
  } catch {
    return { protocol: 'opaque' };
  }
}
