// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants } from 'node:http2';
import { setImmediate } from 'node:timers/promises';
import { answering, connectRaw, HTTP2_PREFACE, http2Block, Http2Client, http2Frame, http2FramesIn, waitFor } from '@weir/testing';
import type { RequestOptions, TestFrame, UpstreamConnection } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { residentBytes } from './stage/memory.ts';
import { HTTP2_PROTOCOLS, isHttp2, openStage, PROTOCOLS, TRANSPORTS } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';
import { openDownload, openUpload } from './stage/transfers.ts';

const HEADERS = 1;
const SETTINGS = 4;
const GO_AWAY = 7;

const MIB = 1024 * 1024;
/** WEIR_E2E_BODY_MIB=1024 is the whole test; a quarter of it says the same within seconds. */
const BODY_BYTES = Number(process.env['WEIR_E2E_BODY_MIB'] ?? 256) * MIB;
const UPLOAD_BYTES = 64 * MIB;
const TRICKLE_BYTES = 64 * MIB;
/** What the kernel keeps for two hops, in both processes, and the buffers of the streams. */
const MAX_IN_FLIGHT_BYTES = 40 * MIB;
/** Far below the body; what is over the buffers is garbage that was not collected yet. */
const MAX_GROWTH_BYTES = 80 * MIB;

let stage: Stage;
/** What the big backend has given to its socket for the last request. */
let sentBytes = 0;

const big = answering(async (_request, connection) => {
  await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
  await sendBytes(connection, BODY_BYTES);
  return undefined;
});

/** Sends pieces so small, and so far apart, that the gateway sees each on its own: as a stream of events or of log lines. */
const trickling = answering(async (_request, connection) => {
  await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  const piece = Buffer.from(`1000\r\n${'x'.repeat(0x10_00)}\r\n`);
  for (sentBytes = 0; sentBytes < TRICKLE_BYTES && !connection.socket.destroyed; sentBytes += piece.length) {
    await connection.send(piece);
    await setImmediate();
  }
  return undefined;
});

async function sendBytes(connection: UpstreamConnection, byteCount: number): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (sentBytes = 0; sentBytes < byteCount && !connection.socket.destroyed; sentBytes += chunk.length) {
    await connection.send(chunk);
  }
}

beforeAll(async () => {
  stage = await openStage({
    backends: {
      main: 'echo',
      big,
      trickling,
      // Reads the head and then nothing until the connection ends.
      lazy: async connection => {
        await connection.readRequestHead();
        await connection.closed;
      },
    },
    documents: [
      route('all', [forward('/', 'main'), forward('/big', 'big'), forward('/trickling', 'trickling'), forward('/lazy', 'lazy')]),
    ],
    flags: ['--workers', '1'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Waits until a count has stopped growing, and gives it. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  let sameCount = 0;
  await waitFor(
    () => {
      sameCount = count() === last ? sameCount + 1 : 0;
      last = count();
      return last > 0 && sameCount === 40;
    },
    { what: () => `a count that stays, now ${last}`, timeoutMs: 20_000 },
  );
  return last;
}

const TOO_LARGE: readonly (readonly [what: string, options: RequestOptions])[] = [
  ['a head of more than 64 KiB', { headers: { 'X-Long': Array.from({ length: 9 }, () => 'y'.repeat(8_000)) } }],
  ['one field of more than 64 KiB', { headers: { 'X-Long': 'y'.repeat(66_000) } }],
  ['more than 128 fields', { headers: { 'X-Many': Array.from({ length: 130 }, () => 'y') } }],
];
const LONG_TARGET = `/${'x'.repeat(17_000)}`;

describe.each(PROTOCOLS)('limits over %s', protocol => {
  it.each(TOO_LARGE)('refuse %s', async (_case, options) => {
    expect((await stage.send(protocol, '/', options)).status).toBe(431);
  });

  it('refuse a target that is too long', async () => {
    expect((await stage.send(protocol, LONG_TARGET)).status).toBe(414);
  });

  it('admit a large head that stays below them', async () => {
    const headers = { 'X-Long': Array.from({ length: 100 }, () => 'y'.repeat(500)) };

    expect((await stage.send(protocol, '/', { headers })).status).toBe(200);
  });

  it(`hold back an upstream whose client is slow, and keep memory flat over ${BODY_BYTES / MIB} MiB`, async () => {
    await stage.send(protocol, '/');
    const before = await residentBytes(stage.weir.pid);
    await using download = await openDownload(stage, protocol, '/big');

    expect(await settled(() => sentBytes)).toBeLessThan(MAX_IN_FLIGHT_BYTES);

    let most = 0;
    for (let read = 0; read < BODY_BYTES; read += 16 * MIB) {
      await download.skip(16 * MIB);
      most = Math.max(most, await residentBytes(stage.weir.pid));
    }
    expect(most - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  it('hold back an upstream that sends in small pieces', async () => {
    await using download = await openDownload(stage, protocol, '/trickling');

    expect(await settled(() => sentBytes)).toBeLessThan(MAX_IN_FLIGHT_BYTES);
    await download.skip(TRICKLE_BYTES / 2);
  });

  it('hold back a client whose upstream is slow', async () => {
    const before = await residentBytes(stage.weir.pid);
    await using upload = await openUpload(stage, protocol, { target: '/lazy', byteCount: UPLOAD_BYTES });

    expect(await settled(() => upload.takenBytes)).toBeLessThan(MAX_IN_FLIGHT_BYTES);
    expect((await residentBytes(stage.weir.pid)) - before).toBeLessThan(MAX_GROWTH_BYTES);
  });
});

describe.each(TRANSPORTS)('a head beyond the limits over %s', transport => {
  it.each(TOO_LARGE)('closes the connection: %s', async (_case, options) => {
    const response = await stage.send(transport, '/', options);

    expect(response.header('connection')?.toLowerCase()).toBe('close');
  });
});

describe.each(HTTP2_PROTOCOLS)('a head beyond the limits over %s', protocol => {
  it.each([...TOO_LARGE, ['a long target', {}] as const])(
    'costs no other request of its connection: %s',
    async (what, options) => {
      await using client = new Http2Client(stage.at(protocol));
      const target = what === 'a long target' ? LONG_TARGET : '/';

      const statuses = await Promise.all([client.request('/'), client.request(target, options), client.request('/')]);
      const later = await client.request('/');

      expect(statuses.map(({ status }) => status)).toEqual([200, what === 'a long target' ? 414 : 431, 200]);
      expect(later.status).toBe(200);
    },
  );

  it('ends the connection from 128 KiB on', async () => {
    await using client = new Http2Client(stage.at(protocol));
    const goAway = once(client.session, 'goaway') as Promise<[code: number]>;

    // A character that Huffman's code makes longer, so that the field is sent as it is.
    client.session.request({ ':path': '/', 'x-long': '~'.repeat(140_000) }).on('error', () => undefined);

    const [code] = await goAway;
    expect(code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
});

/** The beginning of a head that never ends, and what the answer begins with once time is up. */
const UNFINISHED: Readonly<Record<Protocol, Buffer>> = {
  http: Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '),
  https: Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '),
  h2c: unfinishedBlock('http'),
  h2: unfinishedBlock('https'),
};

function unfinishedBlock(scheme: string): Buffer {
  const payload = http2Block([':method', 'GET'], [':scheme', scheme], [':authority', 'a'], [':path', '/']);
  return Buffer.concat([HTTP2_PREFACE, http2Frame({ type: SETTINGS }), http2Frame({ type: HEADERS, streamId: 1, payload })]);
}

describe('a client that does not finish its head', () => {
  it('is told 408 or ENHANCE_YOUR_CALM, and cut off', async () => {
    const said = await Promise.all(
      PROTOCOLS.map(async protocol => {
        await using client = await connectRaw(stage.at(protocol));
        client.reader.timeoutMs = 30_000;
        await client.send(UNFINISHED[protocol]);
        const { bytes } = await client.readUntilClose();
        return isHttp2(protocol) ? http2FramesIn(bytes).at(-1) : bytes.subarray(0, 12).toString();
      }),
    );

    const [http, https, h2c, h2] = said;
    expect([http, https]).toEqual(['HTTP/1.1 408', 'HTTP/1.1 408']);
    for (const goAway of [h2c, h2]) {
      expect(goAway).toMatchObject({ type: GO_AWAY });
      expect((goAway as TestFrame).payload.readUInt32BE(4)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
  });
});
