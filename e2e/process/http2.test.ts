// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:http2';
import {
  answering,
  connectHttp2,
  connectRaw,
  HTTP2_PREFACE,
  http2Block,
  http2Frame,
  http2FramesIn,
  Http2Client,
  readHttp2Response,
  reply,
  waitFor,
} from '@weir/testing';
import type { RawClient, TestFrame } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const FRAME = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 };
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const ENHANCE_YOUR_CALM = 11;

const HEAD: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'localhost'],
  [':path', '/'],
];

/** More than every window. */
const LARGE = Array.from({ length: 300_000 }, (_, i) => String(i).padStart(10, ' ')).join('');

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({
    backends: {
      main: 'echo',
      large: answering(() => reply({ body: LARGE })),
      silent: async connection => {
        await connection.reader.readToEnd();
      },
    },
    documents: [route('all', [forward('/', 'main'), forward('/large', 'large'), forward('/silent', 'silent')])],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** A connection that has sent its preface and empty settings. */
async function openFrames(): Promise<RawClient> {
  const client = await connectRaw(stage.at('h2c'));
  await client.send(Buffer.concat([HTTP2_PREFACE, http2Frame({ type: FRAME.settings })]));
  return client;
}

function headers(streamId: number, fields = HEAD, flags = END_STREAM | END_HEADERS): Buffer {
  return http2Frame({ type: FRAME.headers, flags, streamId, payload: http2Block(...fields) });
}

/** Everything that the gateway says until it closes. */
async function framesUntilClose(client: RawClient): Promise<readonly TestFrame[]> {
  const { bytes } = await client.readUntilClose();
  return http2FramesIn(bytes);
}

function goAwayCode(frames: readonly TestFrame[]): number | undefined {
  return frames.findLast(({ type }) => type === FRAME.goAway)?.payload.readUInt32BE(4);
}

describe('HTTP/2', () => {
  it('answers OPTIONS * itself', async () => {
    expect((await stage.send('h2c', '*', { method: 'OPTIONS' })).status).toBe(204);
    expect((await stage.send('h2c', '*')).status).toBe(400);
  });

  it('carries many requests on one connection at a time', async () => {
    await using client = new Http2Client(stage.at('h2c'));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => client.request(`/${i}`, { method: 'POST', body: `b${i}` })),
    );
    expect(answers.map(answer => (answer.json() as { body: string }).body)).toEqual(
      Array.from({ length: 100 }, (_, i) => `b${i}`),
    );
  });

  it('carries a body larger than all windows in both directions', async () => {
    await using client = new Http2Client(stage.at('h2'));
    const answers = await Promise.all([client.request('/', { method: 'POST', body: LARGE }), client.request('/large')]);
    expect(answers[0].json()).toMatchObject({ body: `${LARGE.length} bytes` });
    expect(answers[1].text === LARGE).toBe(true);
  });

  it('cancels the upstream request of a stream that is reset', async () => {
    const session = connectHttp2(stage.at('h2c'));
    const stream = session.request({ ':path': '/silent/reset', ':authority': 'localhost' });
    stream.on('error', () => undefined);
    const silent = stage.upstream('silent');
    await waitFor(() => silent.openConnectionCount > 0, { what: 'the request to reach its backend' });
    stream.close(constants.NGHTTP2_CANCEL);
    await waitFor(() => silent.openConnectionCount === 0, { what: 'the backend to hear of it' });
    session.destroy();
  });

  it('sends 100 (Continue) where the body is wanted', async () => {
    const session = connectHttp2(stage.at('h2c'));
    const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': 'localhost', expect: '100-continue' });
    stream.on('continue', () => stream.end('now'));
    const answer = await readHttp2Response(stream);
    expect(answer.json()).toMatchObject({ body: 'now' });
    session.destroy();
  });
});

describe('HTTP/2 that means two things', () => {
  it.each<[what: string, fields: readonly (readonly [string, string])[]]>([
    ['a line break in a value', [...HEAD, ['x-a', 'b\r\nx-smuggled: yes']]],
    ['a line feed in a value', [...HEAD, ['x-a', 'b\nx-smuggled: yes']]],
    ['a NUL in a value', [...HEAD, ['x-a', 'b\0c']]],
    ['a line break in a name', [...HEAD, ['x-a: b\r\nx-smuggled', 'yes']]],
    ['a colon in a name', [...HEAD, ['x-a:', 'b']]],
    ['a name in upper case', [...HEAD, ['X-A', 'b']]],
    ['transfer-encoding', [...HEAD, ['transfer-encoding', 'chunked']]],
    ['connection', [...HEAD, ['connection', 'keep-alive']]],
    ['a second path', [...HEAD, [':path', '/other']]],
    ['a pseudo-header field after a regular one', [['x-a', 'b'], ...HEAD]],
    ['a line break in the path', [...HEAD.slice(0, 3), [':path', '/ HTTP/1.1\r\nx-smuggled: yes']]],
    ['a space in the path', [...HEAD.slice(0, 3), [':path', '/ HTTP/1.1']]],
    ['a space in the method', [[':method', 'GET / HTTP/1.1'], ...HEAD.slice(1)]],
    ['a host other than the authority', [...HEAD, ['host', 'other.test']]],
    ['two hosts', [...HEAD, ['host', 'localhost'], ['host', 'localhost']]],
    ['a length without a body', [...HEAD, ['content-length', '5']]],
    ['two lengths', [...HEAD, ['content-length', '0'], ['content-length', '0']]],
  ])('is reset: %s', async (_case, fields) => {
    stage.upstream('main').forget();
    await using client = await openFrames();
    await client.send(headers(1, fields), headers(3));
    const seen = await readUntil(client, frames => frames.some(({ type, streamId }) => type === FRAME.data && streamId === 3));
    expect(seen.filter(({ streamId }) => streamId === 1).map(({ type }) => type)).toEqual([FRAME.reset]);
    expect(stage.upstream('main').requests.map(({ target }) => target)).toEqual(['/']);
  });

  it.each([
    ['less than it announced', 'abc', '5'],
    ['more than it announced', 'abcdefgh', '5'],
  ])('is reset: a body of %s', async (_case, body, length) => {
    stage.upstream('main').forget();
    await using client = await openFrames();
    const fields: readonly (readonly [string, string])[] = [[':method', 'POST'], ...HEAD.slice(1), ['content-length', length]];
    const data = http2Frame({ type: FRAME.data, flags: END_STREAM, streamId: 1, payload: Buffer.from(body) });
    await client.send(headers(1, fields, END_HEADERS), data);
    const seen = await readUntil(client, frames => frames.some(({ type }) => type === FRAME.reset));
    expect(seen.some(({ type }) => type === FRAME.headers)).toBe(false);
    expect(stage.upstream('main').requests).toEqual([]);
  });
});

describe('a flood over HTTP/2 is cut off', () => {
  const ping = http2Frame({ type: FRAME.ping, payload: Buffer.alloc(8) });
  const emptyData = http2Frame({ type: FRAME.data, streamId: 1 });
  const post = headers(1, [[':method', 'POST'], ...HEAD.slice(1, 3), [':path', '/silent']], END_HEADERS);
  const open = http2Frame({ type: FRAME.headers, streamId: 1, payload: http2Block(...HEAD) });
  it.each<[what: string, flood: () => Buffer]>([
    ['pings', () => repeated(2_000, () => ping)],
    ['settings', () => repeated(2_000, () => http2Frame({ type: FRAME.settings }))],
    ['priorities', () => repeated(2_000, () => http2Frame({ type: FRAME.priority, streamId: 1, payload: Buffer.alloc(5) }))],
    ['empty DATA', () => Buffer.concat([post, repeated(2_000, () => emptyData)])],
    ['padded DATA without data', () => Buffer.concat([post, repeated(2_000, () => padded())])],
    [
      'empty continuations',
      () => Buffer.concat([open, repeated(2_000, () => http2Frame({ type: FRAME.continuation, streamId: 1 }))]),
    ],
    ['a header block without an end', () => Buffer.concat([open, repeated(20, () => continuation())])],
    ['requests that are reset at once', () => repeated(3_000, i => Buffer.concat([headers(i * 2 + 1), reset(i * 2 + 1)]))],
    ['window updates of a byte', () => Buffer.concat([post, repeated(2_000, () => windowUpdate(1))])],
  ])('%s', async (_case, flood) => {
    await using client = await openFrames();
    client.socket.write(flood());
    expect(goAwayCode(await framesUntilClose(client))).toBe(ENHANCE_YOUR_CALM);
    expect((await stage.send('h2c', '/')).status).toBe(200);
  });
});

function repeated(count: number, frame: (i: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => frame(i)));
}

function padded(): Buffer {
  return http2Frame({ type: FRAME.data, flags: PADDED, streamId: 1, payload: Buffer.from([3, 0, 0, 0]) });
}

function continuation(): Buffer {
  return http2Frame({ type: FRAME.continuation, streamId: 1, payload: http2Block(['x-long', 'y'.repeat(8_000)]) });
}

function reset(streamId: number): Buffer {
  return http2Frame({ type: FRAME.reset, streamId, payload: Buffer.from([0, 0, 0, 8]) });
}

function windowUpdate(streamId: number): Buffer {
  return http2Frame({ type: FRAME.windowUpdate, streamId, payload: Buffer.from([0, 0, 0, 1]) });
}

/** The frames that have come when `isEnough` holds of them. */
async function readUntil(client: RawClient, isEnough: (frames: readonly TestFrame[]) => boolean): Promise<readonly TestFrame[]> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const frames = http2FramesIn(bytes);
    if (isEnough(frames)) return frames;
    const more = await client.reader.readSome();
    if (more === undefined) return frames;
    bytes = Buffer.concat([bytes, more]);
  }
}
