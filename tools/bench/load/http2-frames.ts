// SPDX-License-Identifier: Apache-2.0

/** Just enough of RFC 9113 to make and to see frames at next to no cost: a load that is dearer than the proxy measures itself. */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const HEAD_BYTES = 9;
const MAX_WINDOW = 0x7fff_ffff;
const INITIAL_WINDOW = 65_535;
const INITIAL_WINDOW_SETTING = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Valid during the call only. */
  readonly payload: Buffer;
}

export function renderFrame({ type, flags, streamId, payload }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  payload.copy(bytes, HEAD_BYTES);
  return bytes;
}

/** Whether a frame is the last of its stream. */
export function endsStream(type: number, flags: number): boolean {
  return (type === FRAME.data || type === FRAME.headers) && (flags & FLAG.endStream) !== 0;
}

/** Settings and connection window so wide that flow control never holds a peer up. */
export function renderOpening(): Buffer {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SETTING, 0);
  settings.writeUInt32BE(MAX_WINDOW, 2);
  const increment = Buffer.alloc(4);
  increment.writeUInt32BE(MAX_WINDOW - INITIAL_WINDOW);
  return Buffer.concat([
    renderFrame({ type: FRAME.settings, flags: 0, streamId: 0, payload: settings }),
    renderFrame({ type: FRAME.windowUpdate, flags: 0, streamId: 0, payload: increment }),
  ]);
}

/** Fields without indexing and without Huffman coding (RFC 7541 §6.2.2), each part at most 126 octets long. */
export function renderFields(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]),
  );
  return Buffer.concat(parts);
}

/** What any peer has to answer to a frame of the connection itself, or undefined. */
export function renderAcknowledgement({ type, flags, payload }: Frame): Buffer | undefined {
  if ((type !== FRAME.settings && type !== FRAME.ping) || (flags & FLAG.ack) !== 0) return undefined;
  const echoed = type === FRAME.ping ? payload : Buffer.alloc(0);
  return renderFrame({ type, flags: FLAG.ack, streamId: 0, payload: echoed });
}

/** Cuts what comes into frames. */
export class FrameSplitter {
  private readonly onFrame: (frame: Frame) => void;
  private rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: (frame: Frame) => void) {
    this.onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + HEAD_BYTES, end);
      this.onFrame({ type: bytes[at + 3]!, flags: bytes[at + 4]!, streamId: bytes.readUInt32BE(at + 5), payload });
      at = end;
    }
    this.rest = bytes.subarray(at);
  }
}
