// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import type { Exchange, Fault } from '@weir/base';
import { createTestExchange, HTTP2_PREFACE, http2Block, http2Frame, http2FramesIn, MemorySocket } from '@weir/testing';
import type { TestFrame } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { ConnectionHost } from '../engine/connection-host.ts';
import type { RunningExchange } from '../engine/responder.ts';
import { defaultLimits } from '../engine/settings.ts';
import { WriteBatch } from '../http1/socket-writer.ts';
import type { SocketWriter } from '../http1/socket-writer.ts';
import { Http2DownstreamConnection } from './downstream-connection.ts';
import { ERROR_CODE, FLAG, FRAME, MAX_FRAME_BYTES } from './frame.ts';
import { SETTING } from './settings.ts';

const BAD_HOST = 'a example';
const END = FLAG.endHeaders | FLAG.endStream;

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

/** A client's connection, after its preface and settings. What it asks for is kept and not answered. */
class DownstreamBench extends CodecBench {
  readonly exchanges: Exchange[] = [];
  readonly refusals: { readonly fault: Fault; readonly protocol: string }[] = [];
  readonly connection: Http2DownstreamConnection;
  coarseNowMs = 0;
  /** Of exchanges whose request could not be read to its end. */
  readonly faults: string[] = [];

  constructor(settings: Buffer = NO_BYTES) {
    super();
    const source = {
      socket: this.socket.asSocket(),
      listen: () => undefined,
      keep: (chunk: Buffer) => Buffer.from(chunk),
      rest: () => undefined,
    };
    this.connection = new Http2DownstreamConnection(source, this.host());
    this.connection.receive(HTTP2_PREFACE);
    this.receive({ type: FRAME.settings, payload: settings });
  }

  /** Frames of the client, in one read. */
  receive(...frames: readonly Partial<TestFrame>[]): void {
    this.connection.receive(Buffer.concat(frames.map(frame => http2Frame(frame))));
  }

  private host(): ConnectionHost {
    const clock = (): number => this.coarseNowMs;
    return {
      clock: systemClock,
      limits: defaultLimits,
      batch: this.batch,
      random: createSystemRandom(),
      downstream: createTestExchange().downstream,
      isDraining: false,
      get coarseNowMs() {
        return clock();
      },
      dateText: 'Thu, 01 Jan 1970 00:00:00 GMT',
      handle: exchange => {
        this.exchanges.push(exchange);
        return runningOf(exchange, fault => void this.faults.push(fault.code));
      },
      onRefused: (fault, protocol) => void this.refusals.push({ fault, protocol }),
      onClosed: () => undefined,
    };
  }
}

const NO_BYTES = Buffer.alloc(0);

function runningOf(exchange: Exchange, fail: (fault: Fault) => void): RunningExchange {
  return {
    exchange,
    isEnded: false,
    resume: () => undefined,
    admitTrailers: trailers => trailers,
    fail,
    cancel: () => undefined,
  };
}

/** The block of a request to a host. */
function requestBlock(authority = 'a.example', path = '/'): Buffer {
  return http2Block([':method', 'GET'], [':scheme', 'http'], [':authority', authority], [':path', path]);
}

/** HEADERS and as many CONTINUATION frames as a block needs. */
function sectionFrames(streamId: number, block: Buffer): readonly Partial<TestFrame>[] {
  const count = Math.ceil(block.length / MAX_FRAME_BYTES);
  return Array.from({ length: count }, (_, i) => ({
    type: i === 0 ? FRAME.headers : FRAME.continuation,
    flags: (i === 0 ? FLAG.endStream : 0) | (i === count - 1 ? FLAG.endHeaders : 0),
    streamId,
    payload: block.subarray(i * MAX_FRAME_BYTES, (i + 1) * MAX_FRAME_BYTES),
  }));
}

/** A field that goes into the table (RFC 7541 §6.2.1). */
function indexedField(name: string, value: string): Buffer {
  const field = http2Block([name, value]);
  field[0] = 0x40;
  return field;
}

/** The newest entry of the table as a field. */
const NEWEST_ENTRY = Buffer.from([0x80 | (61 + 1)]);

/** The payload of SETTINGS. */
function settingsPayload(...settings: readonly (readonly [identifier: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  settings.forEach(([identifier, value], i) => {
    payload.writeUInt16BE(identifier, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return payload;
}

describe('a connection of a client', () => {
  it.each([
    ['a request that is answered', { payload: requestBlock(BAD_HOST), flags: END, streamId: 1 }],
    ['a malformed request, whose stream is reset', { payload: http2Block([':method', 'GET']), flags: END, streamId: 1 }],
    ['a stream of ours, which ends the connection', { payload: requestBlock(), flags: END, streamId: 2 }],
  ])('says of %s that it was refused over HTTP/2', (_case, frame) => {
    const bench = new DownstreamBench();
    bench.receive({ type: FRAME.headers, ...frame });
    expect(bench.refusals.map(({ fault, protocol }) => [fault.code, protocol])).toEqual([['bad_request', 'HTTP/2']]);
  });

  it('forgets a refused request as soon as it is answered, so that it takes no stream from others', () => {
    const bench = new DownstreamBench();
    for (let i = 0; i < 200; i++) {
      bench.receive({ type: FRAME.headers, flags: END, streamId: 2 * i + 1, payload: requestBlock(BAD_HOST) });
    }
    bench.receive({ type: FRAME.headers, flags: END, streamId: 401, payload: requestBlock() });
    expect(bench.refusals).toHaveLength(200);
    expect(bench.exchanges).toHaveLength(1);
    expect(bench.sent().filter(({ type }) => type === FRAME.resetStream)).toEqual([]);
  });

  it('tells a client to keep the body of a refused request to itself', () => {
    const bench = new DownstreamBench();
    bench.receive({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 1, payload: requestBlock(BAD_HOST) });
    const [answer, body, reset] = bench.sent().slice(-3);
    expect([answer?.type, body?.flags, reset?.type]).toEqual([FRAME.headers, FLAG.endStream, FRAME.resetStream]);
    expect(reset?.payload.readUInt32BE(0)).toBe(ERROR_CODE.noError);
  });

  it.each([
    ['a request', [[':method', 'GET']]],
    [
      'a WebSocket',
      [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
      ],
    ],
  ] as const)('refuses %s with a :status', (_, pseudo) => {
    const bench = new DownstreamBench();
    const payload = http2Block(...pseudo, [':scheme', 'http'], [':authority', 'a.example'], [':path', '/'], [':status', '200']);
    bench.receive({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 1, payload });
    expect(bench.exchanges).toEqual([]);
    expect(bench.sent().at(-1)).toMatchObject({ type: FRAME.resetStream, streamId: 1 });
  });

  it('takes no request that comes in the same read behind the GOAWAY of its client', () => {
    const bench = new DownstreamBench();
    bench.receive(
      { type: FRAME.goAway, payload: Buffer.alloc(8) },
      { type: FRAME.headers, flags: END, streamId: 1, payload: requestBlock() },
    );
    expect(bench.exchanges).toEqual([]);
    expect(bench.socket.isOver).toBe(true);
  });

  it('says once that the table is empty, where a client allows less than its first size (RFC 7541 §4.2)', () => {
    const bench = new DownstreamBench(settingsPayload([SETTING.headerTableSize, 100], [SETTING.headerTableSize, 8_192]));
    bench.receive({ type: FRAME.headers, flags: END, streamId: 1, payload: requestBlock(BAD_HOST) });
    bench.receive({ type: FRAME.settings, payload: settingsPayload([SETTING.headerTableSize, 0]) });
    bench.receive({ type: FRAME.headers, flags: END, streamId: 3, payload: requestBlock(BAD_HOST) });
    const blocks = bench.sent().flatMap(({ type, payload }) => (type === FRAME.headers ? [payload.toString('hex')] : []));
    expect(blocks.map(block => block.slice(0, 4))).toEqual(['208c', expect.stringMatching(/^8c/)]);
  });
});

describe('a header section beyond the limits', () => {
  const { maxFieldBlockBytes, maxHeadBytes, maxRequestLineBytes } = defaultLimits;

  it('is answered 414 where it is the path, as in HTTP/1.1', () => {
    const bench = new DownstreamBench();
    bench.receive(...sectionFrames(1, requestBlock('a.example', `/${'x'.repeat(maxRequestLineBytes - 1)}`)));
    expect(bench.exchanges).toHaveLength(1);
    bench.receive(...sectionFrames(3, requestBlock('a.example', `/${'x'.repeat(maxRequestLineBytes)}`)));
    bench.receive(...sectionFrames(5, requestBlock('a.example', `/${'x'.repeat(maxHeadBytes)}`)));
    expect(bench.refusals.map(({ fault }) => fault.code)).toEqual(['uri_too_long', 'uri_too_long']);
    expect(bench.exchanges).toHaveLength(1);
  });

  it('is answered 431 on its stream alone, and both sides know the same table afterwards', () => {
    const bench = new DownstreamBench();
    const tooLarge = http2Block(['x-long', 'y'.repeat(70_000)]);
    bench.receive(...sectionFrames(1, Buffer.concat([requestBlock(), tooLarge, indexedField('x-kept', 'yes')])));
    expect(bench.refusals.map(({ fault }) => fault.code)).toEqual(['headers_too_large']);
    expect(bench.sent().find(({ type }) => type === FRAME.headers)).toMatchObject({ streamId: 1 });

    bench.receive(...sectionFrames(3, Buffer.concat([requestBlock(), NEWEST_ENTRY])));
    expect(bench.exchanges.map(({ request }) => request.headers.get('x-kept'))).toEqual(['yes']);
  });

  it('empties the table with a field that is larger than it (RFC 7541 §4.4)', () => {
    const bench = new DownstreamBench();
    const block = Buffer.concat([requestBlock(), indexedField('x-a', 'b'), indexedField('x-long', 'y'.repeat(70_000))]);
    bench.receive(...sectionFrames(1, block));
    bench.receive(...sectionFrames(3, Buffer.concat([requestBlock(), NEWEST_ENTRY])));
    expect(bench.sent().at(-1)?.payload.readUInt32BE(4)).toBe(ERROR_CODE.compressionError);
  });

  it('ends the connection where even reading it costs too much', () => {
    const bench = new DownstreamBench();
    const head = requestBlock();
    const rest = maxFieldBlockBytes - head.length - http2Block(['x-long', 'y'.repeat(100_000)]).length + 100_000;
    const largest = Buffer.concat([head, http2Block(['x-long', 'y'.repeat(rest)])]);
    expect(largest).toHaveLength(maxFieldBlockBytes);
    bench.receive(...sectionFrames(1, largest));
    expect(bench.socket.isOver).toBe(false);

    bench.receive(...sectionFrames(3, Buffer.concat([largest, http2Block(['x', 'y'])])));
    expect(bench.sent().at(-1)?.payload.readUInt32BE(4)).toBe(ERROR_CODE.enhanceYourCalm);
    expect(bench.socket.isOver).toBe(true);
  });

  it('ends the connection where it comes in a flood of small continuations', () => {
    const bench = new DownstreamBench();
    const small = { type: FRAME.continuation, streamId: 1, payload: Buffer.from([0x82]) };
    bench.receive({ type: FRAME.headers, streamId: 1, payload: requestBlock() });
    bench.receive(...Array.from({ length: 1_001 }, () => small));
    expect(bench.sent().at(-1)?.payload.readUInt32BE(4)).toBe(ERROR_CODE.enhanceYourCalm);
  });

  it.each([
    ['a header section', http2Frame({ type: FRAME.headers, streamId: 1, payload: requestBlock() })],
    ['a frame', http2Frame({ type: FRAME.headers, streamId: 1, payload: requestBlock() }).subarray(0, 20)],
    ['the head of a frame', http2Frame({ type: FRAME.headers, streamId: 1 }).subarray(0, 5)],
  ])('ends the connection where %s is not complete in time, though bytes trickle in', (_, bytes) => {
    const bench = new DownstreamBench();
    bench.connection.receive(bytes);
    bench.coarseNowMs = defaultLimits.headTimeoutMs;
    bench.connection.receive(Buffer.alloc(1));
    bench.connection.sweep(bench.coarseNowMs);
    expect(bench.socket.isOver).toBe(false);

    bench.connection.sweep(bench.coarseNowMs + 1);
    expect(bench.refusals.map(({ fault }) => fault.code)).toEqual(['request_timeout']);
    expect(bench.sent().at(-1)?.payload.readUInt32BE(4)).toBe(ERROR_CODE.enhanceYourCalm);
  });

  it('counts the time of each frame on its own', () => {
    const bench = new DownstreamBench();
    const [first, second] = [1, 3].map(streamId =>
      http2Frame({ type: FRAME.headers, flags: END, streamId, payload: requestBlock() }),
    );
    bench.connection.receive(first!.subarray(0, 20));
    bench.coarseNowMs = defaultLimits.headTimeoutMs;
    bench.connection.receive(Buffer.concat([first!.subarray(20), second!.subarray(0, 20)]));
    bench.connection.sweep(bench.coarseNowMs + 1);
    bench.connection.receive(second!.subarray(20));
    expect(bench.exchanges).toHaveLength(2);
  });
});

describe('a client that stops', () => {
  const { bodyTimeoutMs } = defaultLimits;

  it('sending its body fails its request after a minute, and no other one', () => {
    const bench = new DownstreamBench();
    bench.receive({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 1, payload: requestBlock() });
    bench.coarseNowMs = bodyTimeoutMs;
    bench.receive({ type: FRAME.headers, flags: FLAG.endHeaders, streamId: 3, payload: requestBlock() });
    bench.connection.sweep(bodyTimeoutMs);
    expect(bench.faults).toEqual([]);
    bench.connection.sweep(bodyTimeoutMs + 1);
    expect(bench.faults).toEqual(['request_timeout']);
  });

  it('reading its connection loses it after a minute, however large its windows are', () => {
    const bench = new DownstreamBench();
    bench.receive({ type: FRAME.headers, flags: END, streamId: 1, payload: requestBlock() });
    bench.socket.writableNeedDrain = true;
    bench.connection.sweep(bodyTimeoutMs);
    expect(bench.socket.isDestroyed).toBe(false);
    bench.connection.sweep(bodyTimeoutMs + 1);
    expect(bench.socket.isDestroyed).toBe(true);
  });

  it('reading for less than that keeps it', () => {
    const bench = new DownstreamBench();
    bench.receive({ type: FRAME.headers, flags: END, streamId: 1, payload: requestBlock() });
    bench.socket.writableNeedDrain = true;
    bench.coarseNowMs = bodyTimeoutMs;
    bench.socket.emit('drain');
    bench.connection.sweep(2 * bodyTimeoutMs);
    expect(bench.socket.isDestroyed).toBe(false);
  });
});
