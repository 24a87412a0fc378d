// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises';
import { answering, requestText, waitFor } from '@weir/testing';
import type { UpstreamConnection } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { residentBytes } from './stage/memory.ts';
import { TRANSPORTS, openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

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

describe.each(TRANSPORTS)('limits over %s', transport => {
  it.each([
    ['a head of more than 64 KiB', { headers: { 'X-Long': Array.from({ length: 9 }, () => 'y'.repeat(8_000)) } }, 431],
    ['one field of more than 64 KiB', { headers: { 'X-Long': 'y'.repeat(66_000) } }, 431],
    ['more than 128 fields', { headers: { 'X-Many': Array.from({ length: 130 }, () => 'y') } }, 431],
  ])('refuse %s', async (_case, options, status) => {
    const response = await stage.send(transport, '/', options);

    expect(response.status).toBe(status);
    expect(response.header('connection')?.toLowerCase()).toBe('close');
  });

  it('refuse a target that is too long', async () => {
    expect((await stage.send(transport, `/${'x'.repeat(17_000)}`)).status).toBe(414);
  });

  it('admit a large head that stays below them', async () => {
    const headers = { 'X-Long': Array.from({ length: 100 }, () => 'y'.repeat(500)) };

    expect((await stage.send(transport, '/', { headers })).status).toBe(200);
  });

  it(`hold back an upstream whose client is slow, and keep memory flat over ${BODY_BYTES / MIB} MiB`, async () => {
    await stage.send(transport, '/');
    const before = await residentBytes(stage.weir.pid);
    await using client = await stage.connect(transport);
    await client.send(requestText('/big'));
    await client.readResponseHead();

    expect(await settled(() => sentBytes)).toBeLessThan(MAX_IN_FLIGHT_BYTES);

    let most = 0;
    for (let read = 0; read < BODY_BYTES; read += 16 * MIB) {
      await client.reader.skip(16 * MIB);
      most = Math.max(most, await residentBytes(stage.weir.pid));
    }
    expect(most - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  it('hold back an upstream that sends in small pieces', async () => {
    await using client = await stage.connect(transport);
    await client.send(requestText('/trickling'));
    await client.readResponseHead();

    expect(await settled(() => sentBytes)).toBeLessThan(MAX_IN_FLIGHT_BYTES);
  });

  it('hold back a client whose upstream is slow', async () => {
    const before = await residentBytes(stage.weir.pid);
    await using client = await stage.connect(transport);
    await client.send(`POST /lazy HTTP/1.1\r\nHost: a\r\nContent-Length: ${UPLOAD_BYTES}\r\n\r\n`);
    const chunk = Buffer.alloc(64 * 1024);
    for (let i = 0; i < UPLOAD_BYTES / chunk.length; i++) client.socket.write(chunk);

    const unsentBytes = await settled(() => client.socket.writableLength);

    expect(unsentBytes).toBeGreaterThan(UPLOAD_BYTES - MAX_IN_FLIGHT_BYTES);
    expect((await residentBytes(stage.weir.pid)) - before).toBeLessThan(MAX_GROWTH_BYTES);
  });
});

describe('a client that does not finish its head', () => {
  it('gets 408 and is cut off', async () => {
    const outcomes = await Promise.all(
      TRANSPORTS.map(async transport => {
        await using client = await stage.connect(transport);
        client.reader.timeoutMs = 30_000;
        await client.send('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
        const { status } = await client.readResponse();
        return { status, rest: await client.readUntilClose() };
      }),
    );

    for (const { status, rest } of outcomes) {
      expect(status).toBe(408);
      expect(rest.bytes).toHaveLength(0);
    }
  });
});
