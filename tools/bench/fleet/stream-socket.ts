// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { MessageChannel, MessageEvents } from '@weir/sync/client';
import { GrpcReader } from '@weir/sync/messages';
import {
  endsStream,
  FLAG,
  FRAME,
  type Frame,
  FrameSplitter,
  PREFACE,
  renderAcknowledgement,
  renderFields,
  renderFrame,
  renderOpening,
} from '../load/http2-frames.ts';
import { SendWindow } from './send-window.ts';

/** Flag of compression, and the length of a message (gRPC over HTTP/2). */
const GRPC_HEAD_BYTES = 5;
const STREAM_ID = 1;
const HEAD = renderFields({
  ':method': 'POST',
  ':scheme': 'https',
  ':path': '/weir.sync.v1.SyncService/Stream',
  ':authority': 'control-plane.weir',
  'content-type': 'application/grpc',
  te: 'trailers',
});
const MAX_MESSAGE_BYTES = 67_108_864;

/**
 * A stream of gRPC over a mutual TLS connection of its own, in raw frames: a proxy has one stream and a core for it, and here thousands share
 * one core, where the HTTP/2 client of a real proxy would be most of what is measured. What it carries is left to the real client.
 */
export class StreamSocket implements MessageChannel {
  private readonly socket: TLSSocket;
  private readonly events: MessageEvents;
  private readonly reader: GrpcReader;
  private readonly window: SendWindow;
  private isClosed = false;

  constructor(options: ConnectionOptions, events: MessageEvents) {
    this.events = events;
    this.reader = new GrpcReader(MAX_MESSAGE_BYTES, message => events.onMessage(message));
    this.socket = connect({ ...options, ALPNProtocols: ['h2'] });
    this.window = new SendWindow(payload => {
      this.socket.write(renderFrame({ type: FRAME.data, flags: 0, streamId: STREAM_ID, payload }));
    });
    this.socket.setNoDelay(true);
    this.socket.write(Buffer.concat([PREFACE, renderOpening(), this.head()]));
    const splitter = new FrameSplitter(frame => this.onFrame(frame));
    this.socket.on('data', (chunk: Buffer) => this.guard(() => splitter.push(chunk)));
    this.socket.on('error', ({ message }) => this.lose(message));
    this.socket.on('close', () => this.lose('the connection was closed'));
  }

  send(message: Uint8Array): void {
    const bytes = Buffer.allocUnsafe(GRPC_HEAD_BYTES + message.length);
    bytes[0] = 0;
    bytes.writeUInt32BE(message.length, 1);
    bytes.set(message, GRPC_HEAD_BYTES);
    this.window.send(bytes);
  }

  close(): void {
    this.isClosed = true;
    this.socket.destroy();
  }

  private head(): Buffer {
    return renderFrame({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: STREAM_ID, payload: HEAD });
  }

  private onFrame(frame: Frame): void {
    const acknowledgement = renderAcknowledgement(frame);
    if (acknowledgement !== undefined) this.socket.write(acknowledgement);
    // What is read is kept, and the frame's bytes are valid during the call only.
    if (frame.type === FRAME.data) this.reader.push(Buffer.from(frame.payload));
    if (frame.type === FRAME.windowUpdate) this.window.widen(frame);
    const isOver = frame.type === FRAME.reset || frame.type === FRAME.goAway;
    if (isOver || endsStream(frame.type, frame.flags)) this.lose('the control plane ended the stream');
  }

  private guard(action: () => void): void {
    try {
      action();
    } catch (reason) {
      this.lose(reason instanceof Error ? reason.message : String(reason));
    }
  }

  private lose(detail: string): void {
    if (this.isClosed) return;
    this.close();
    this.events.onEnd(detail);
  }
}
