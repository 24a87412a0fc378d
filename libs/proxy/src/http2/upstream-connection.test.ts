// SPDX-License-Identifier: Apache-2.0
import type { Exchange, ResponseHandler } from '@weir/base';
import {
  createRecordingHandler,
  createTestExchange,
  HTTP2_PREFACE,
  http2Block,
  http2Frame,
  http2FramesIn,
  MemorySocket,
} from '@weir/testing';
import type { RecordingHandler, TestFrame } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../engine/settings.ts';
import { WriteBatch } from '../http1/socket-writer.ts';
import type { SocketWriter } from '../http1/socket-writer.ts';
import { ERROR_CODE, FLAG, FRAME, MAX_FRAME_BYTES } from './frame.ts';
import { SETTING } from './settings.ts';
import { Http2UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamRequest } from './upstream-connection.ts';

const SMUGGLED = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'latin1');

function call(): { readonly bench: UpstreamBench; readonly handler: RecordingHandler } {
  const bench = new UpstreamBench();
  const handler = createRecordingHandler();
  bench.send(createTestExchange(), handler);
  bench.receive({ type: FRAME.settings });
  return { bench, handler };
}

/** Flushes when it is told to, instead of at the end of the event-loop turn. */
class ImmediateBatch extends WriteBatch {
  private readonly waiting: SocketWriter[] = [];

  override add(writer: SocketWriter): void {
    this.waiting.push(writer);
  }

  flush(): void {
    for (const writer of this.waiting.splice(0)) writer.flush();
  }
}

/** Frames in and frames out, without a network. */
class CodecBench {
  readonly socket = new MemorySocket();
  readonly batch = new ImmediateBatch();

  /** The frames that were sent since the last call. */
  sent(): readonly TestFrame[] {
    this.batch.flush();
    const bytes = this.socket.takeSent();
    return http2FramesIn(
      bytes.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE) ? bytes.subarray(HTTP2_PREFACE.length) : bytes,
    );
  }
}

const ENDPOINT = { address: '192.0.2.2', port: 80, connectTimeoutMs: 1_000 };

/** A connection to a server, connected. */
class UpstreamBench extends CodecBench {
  readonly connection: Http2UpstreamConnection;
  private take = (_bytes: Buffer): void => undefined;
  private ready = (): void => undefined;

  constructor() {
    super();
    const host = { limits: defaultLimits, batch: this.batch, coarseNowMs: 0, onClosed: () => undefined };
    this.connection = new Http2UpstreamConnection(ENDPOINT, host, (_target, _memory, handler) => {
      this.take = bytes => handler.onBytes(bytes);
      this.ready = () => handler.onReady();
      return this.socket.asSocket();
    });
    this.ready();
  }

  send(exchange: Exchange, handler: ResponseHandler): UpstreamRequest {
    return this.connection.send({ exchange, handler });
  }

  /** Frames of the server, in one read. */
  receive(...frames: readonly Partial<TestFrame>[]): void {
    this.take(Buffer.concat(frames.map(frame => http2Frame(frame))));
  }
}

/** The payload of SETTINGS. */
function settingsPayload(...settings: readonly (readonly [identifier: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  settings.forEach(([identifier, value], i) => {
    payload.writeUInt16BE(identifier, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return payload;
}

describe('a connection to a server', () => {
  it.each([
    ['nothing', []],
    [
      'an interim response',
      [{ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 1, payload: http2Block([':status', '103']) }],
    ],
  ])('passes on no DATA that comes after %s and before the head', (_, frames) => {
    const { bench, handler } = call();
    bench.receive(...frames, { type: FRAME.data, streamId: 1, payload: SMUGGLED });
    expect(handler.events.at(-1)).toBe('fault upstream_protocol_error');
    expect(handler.events.filter(event => event.startsWith('data'))).toEqual([]);
    expect(bench.sent().at(-1)).toMatchObject({ type: FRAME.resetStream, streamId: 1 });
  });

  it('ends a request that is answered with interim responses for ever', () => {
    const { bench, handler } = call();
    const interim = { type: FRAME.headers, flags: FLAG.endHeaders, streamId: 1, payload: http2Block([':status', '103']) };
    for (let i = 0; i < 20; i++) bench.receive(interim);
    expect(handler.events).toEqual([...Array.from({ length: 16 }, () => 'information 103'), 'fault upstream_protocol_error']);
  });

  it('refuses a head beyond the limits, and no other answer with it', () => {
    const { bench, handler } = call();
    const other = createRecordingHandler();
    bench.send(createTestExchange(), other);
    const block = http2Block([':status', '200'], ['x-long', 'y'.repeat(70_000)]);
    const last = Math.floor(block.length / MAX_FRAME_BYTES);
    for (let i = 0; i <= last; i++) {
      const payload = block.subarray(i * MAX_FRAME_BYTES, (i + 1) * MAX_FRAME_BYTES);
      const flags = i === last ? FLAG.endHeaders : FLAG.none;
      bench.receive({ type: i === 0 ? FRAME.headers : FRAME.continuation, flags, streamId: 1, payload });
    }
    bench.receive({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 3, payload: http2Block([':status', '200']) });
    expect(handler.events).toEqual(['fault upstream_protocol_error']);
    expect(other.events).toEqual(['head 200']);
  });

  it('ends with a server that allows pushes, even where it takes that back at once (RFC 9113 §6.5.2)', () => {
    const { bench, handler } = call();
    bench.receive({ type: FRAME.settings, payload: settingsPayload([SETTING.enablePush, 1], [SETTING.enablePush, 0]) });
    const goAway = bench.sent().at(-1);
    expect([goAway?.type, goAway?.payload.readUInt32BE(4)]).toEqual([FRAME.goAway, ERROR_CODE.protocolError]);
    expect(handler.events).toEqual(['fault upstream_protocol_error']);
  });

  it('takes no more requests after many resets, and ends after those that it has', () => {
    const { bench, handler } = call();
    const { maxUpstreamResets } = defaultLimits;
    for (let i = 0; i < maxUpstreamResets; i++) {
      expect(bench.connection.hasRoom).toBe(true);
      bench.send(createTestExchange(), createRecordingHandler()).cancel();
    }
    expect(bench.connection.hasRoom).toBe(false);
    expect(bench.socket.isOver).toBe(false);
    bench.receive({
      type: FRAME.headers,
      flags: FLAG.endHeaders | FLAG.endStream,
      streamId: 1,
      payload: http2Block([':status', '200']),
    });
    expect(handler.events).toEqual(['head 200', 'end']);
    expect(bench.socket.isOver).toBe(true);
  });

  it('takes no more requests at a time than could be reset together, whatever its server allows', () => {
    const { bench } = call();
    bench.receive({ type: FRAME.settings, payload: settingsPayload([SETTING.maxConcurrentStreams, 10_000]) });
    for (let i = 1; i < defaultLimits.maxUpstreamStreams; i++) {
      expect(bench.connection.hasRoom).toBe(true);
      bench.send(createTestExchange(), createRecordingHandler());
    }
    expect(bench.connection.hasRoom).toBe(false);
  });

  it('begins the next block with an empty table where a server allows less than its first size (RFC 7541 §4.2)', () => {
    const { bench } = call();
    bench.receive({ type: FRAME.settings, payload: settingsPayload([SETTING.headerTableSize, 0]) });
    bench.sent();
    bench.send(createTestExchange(), createRecordingHandler());
    const [head] = bench.sent();
    expect(head?.payload[0]).toBe(0x20);
  });

  it('is given up after a minute in which its server has taken nothing, however large its windows are', () => {
    const { bench, handler } = call();
    bench.socket.writableNeedDrain = true;
    bench.connection.sweep(defaultLimits.bodyTimeoutMs);
    expect(handler.events).toEqual([]);
    bench.connection.sweep(defaultLimits.bodyTimeoutMs + 1);
    expect(handler.events).toEqual(['fault upstream_reset']);
    expect(bench.socket.isDestroyed).toBe(true);
  });
});
