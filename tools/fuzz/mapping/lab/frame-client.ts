// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HTTP2_PREFACE, http2Frame, http2FramesIn, type TestFrame, waitFor } from '@weir/testing';
import { type Field, HpackModel } from '../../frames/model/hpack-model.ts';
import { BIT, TYPE } from '../../frames/model/words.ts';

/** What came back on one stream. */
export interface StreamAnswer {
  /** Every section, in order: interim, final, trailers. */
  readonly sections: (readonly Field[])[];
  body: Buffer;
  /** END_STREAM came. */
  isComplete: boolean;
  resetCode: number | undefined;
}

/** Windows that no answer fills: SETTINGS_INITIAL_WINDOW_SIZE, and an increment. */
const LARGE_STREAMS = Buffer.from('000440000000', 'hex');
const LARGE_CONNECTION = Buffer.from('40000000', 'hex');
const PATIENCE_MS = 5_000;

/** A client that sends whatever frames it is given, and reads what comes back as plainly as it can be read. */
export class FrameClient implements AsyncDisposable {
  readonly answers = new Map<number, StreamAnswer>();
  /** Whether the gateway has ended the connection. */
  isOver = false;
  private readonly socket: Socket;
  private readonly hpack = new HpackModel();
  private rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isOver = true));
  }

  static async open(port: number): Promise<FrameClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const client = new FrameClient(socket);
    client.send(HTTP2_PREFACE, http2Frame({ type: TYPE.settings, payload: LARGE_STREAMS }));
    client.send(http2Frame({ type: TYPE.windowUpdate, payload: LARGE_CONNECTION }));
    return client;
  }

  send(...bytes: readonly Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(bytes));
  }

  /** Waits until each stream has its end, or the connection has, or for some seconds: what then has no end is for the caller to judge. */
  async settle(streamIds: readonly number[]): Promise<void> {
    const isDone = (id: number): boolean => {
      const answer = this.answers.get(id);
      return answer !== undefined && (answer.isComplete || answer.resetCode !== undefined);
    };
    const isSettled = (): boolean => this.isOver || streamIds.every(isDone);
    await waitFor(isSettled, { what: 'the end of all streams', timeoutMs: PATIENCE_MS }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }

  private read(bytes: Buffer): void {
    const all = Buffer.concat([this.rest, bytes]);
    let at = 0;
    for (const frame of http2FramesIn(all)) {
      at += 9 + frame.payload.length;
      this.take(frame);
    }
    this.rest = all.subarray(at);
  }

  private take({ type, flags, streamId, payload }: TestFrame): void {
    if (type === TYPE.goAway) this.isOver = true;
    if (type === TYPE.settings && (flags & BIT.ack) === 0) this.send(http2Frame({ type: TYPE.settings, flags: BIT.ack }));
    if (type !== TYPE.headers && type !== TYPE.data && type !== TYPE.reset) return;
    const answer = this.answers.get(streamId) ?? { sections: [], body: Buffer.alloc(0), isComplete: false, resetCode: undefined };
    this.answers.set(streamId, answer);
    if (type === TYPE.headers) answer.sections.push(this.hpack.decode(payload));
    if (type === TYPE.data) answer.body = Buffer.concat([answer.body, payload]);
    if (type === TYPE.reset) answer.resetCode = payload.readUInt32BE(0);
    else if ((flags & BIT.endStream) !== 0) answer.isComplete = true;
  }
}
