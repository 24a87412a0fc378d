// SPDX-License-Identifier: Apache-2.0

// HTTP/2 as bytes, for clients that send what no proper client would. Written for tests alone: it shares nothing with what is tested.

export const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface TestFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A frame's bytes (RFC 9113 §4.1). */
export function http2Frame({ type, flags = 0, streamId = 0, payload = Buffer.alloc(0) }: Partial<TestFrame>): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type ?? 0;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literal fields that are not indexed (RFC 7541 §6.2.2), with whatever names and values. */
export function http2Block(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]);
  return Buffer.concat(parts);
}

/** All whole frames at the beginning of `bytes`. */
export function http2FramesIn(bytes: Buffer): readonly TestFrame[] {
  const frames: TestFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const streamId = bytes.readUInt32BE(at + 5);
    frames.push({ type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, streamId, payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = bytes.length < 127 ? [bytes.length] : [127, ...integer(bytes.length - 127)];
  return Buffer.concat([Buffer.from(length), bytes]);
}

function integer(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...integer(Math.floor(value / 128))];
}
