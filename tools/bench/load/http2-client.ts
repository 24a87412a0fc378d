// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  FLAG,
  FRAME,
  endsStream,
  type Frame,
  FrameSplitter,
  PREFACE,
  renderAcknowledgement,
  renderFields,
  renderFrame,
  renderOpening,
} from './http2-frames.ts';

export interface StreamEvents {
  /** Bytes of the answer's body. */
  onData(bytes: number): void;
  onEnd(): void;
  onReset(): void;
}

/** A client of raw frames on a connected socket. It keeps to no window: its users have less in flight than any is wide. */
export class Http2Client {
  private readonly socket: Socket;
  private readonly streams = new Map<number, StreamEvents>();
  private nextId = 1;

  private constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new FrameSplitter(frame => {
      this.onFrame(frame);
    });
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
    });
    socket.on('close', () => {
      this.resetAll();
    });
  }

  /** Ready when the server's first frames have come. */
  static async open(socket: Socket): Promise<Http2Client> {
    const client = new Http2Client(socket);
    socket.write(Buffer.concat([PREFACE, renderOpening()]));
    await once(socket, 'data');
    return client;
  }

  /** Sends a request's head; its body follows with `send` unless the head is all. */
  request(fields: Readonly<Record<string, string>>, events: StreamEvents, isEnd: boolean): number {
    const streamId = this.nextId;
    this.nextId += 2;
    this.streams.set(streamId, events);
    const flags = FLAG.endHeaders | (isEnd ? FLAG.endStream : 0);
    this.socket.write(renderFrame({ type: FRAME.headers, flags, streamId, payload: renderFields(fields) }));
    return streamId;
  }

  send(streamId: number, payload: Buffer): void {
    this.socket.write(renderFrame({ type: FRAME.data, flags: 0, streamId, payload }));
  }

  private onFrame(frame: Frame): void {
    const acknowledgement = renderAcknowledgement(frame);
    if (acknowledgement !== undefined) this.socket.write(acknowledgement);
    if (frame.type === FRAME.goAway) this.resetAll();
    const stream = this.streams.get(frame.streamId);
    if (stream !== undefined) this.onStreamFrame(frame, stream);
  }

  private onStreamFrame({ type, flags, streamId, payload }: Frame, stream: StreamEvents): void {
    if (type === FRAME.data) stream.onData(payload.length);
    if (type === FRAME.reset) {
      this.streams.delete(streamId);
      stream.onReset();
    } else if (endsStream(type, flags)) {
      this.streams.delete(streamId);
      stream.onEnd();
    }
  }

  private resetAll(): void {
    const streams = [...this.streams.values()];
    this.streams.clear();
    for (const stream of streams) stream.onReset();
  }
}
