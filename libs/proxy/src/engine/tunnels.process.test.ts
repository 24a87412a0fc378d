// SPDX-License-Identifier: Apache-2.0
import type { Writable } from 'node:stream';
import { startUpstream, waitFor } from '@weir/testing';
import type { Upstream, UpstreamConnection } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultLimits } from './settings.ts';
import { TunnelBench } from './tunnel-bench.ts';
import type { TunnelClient } from './tunnel-bench.ts';

/** Masked by zeros, as a client has to; an answer has no mask. */
const PING = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
const PONG = Buffer.from([0x8a, 0]);
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
/** More than what all buffers on the way hold. */
const FLOOD_BYTES = 64 * 1024 * 1024;
const { bodyTimeoutMs, tunnelIdleTimeoutMs, upstreamResponseTimeoutMs } = defaultLimits;
/** Times are exact to a sweep. */
const MARGIN_MS = 1_000;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface OpenTunnel {
  readonly bench: TunnelBench;
  readonly client: TunnelClient;
  readonly upstream: Upstream;
  /** The server's side of it. */
  readonly server: UpstreamConnection;
}

/** A handshake that has reached the server, which answers it with `answer` and then does nothing of its own. */
async function open(protocol: 'HTTP/1.1' | 'HTTP/2', answer = SWITCH): Promise<OpenTunnel> {
  const upstream = await startUpstream(async connection => {
    await connection.readRequestHead();
    await connection.send(answer);
    await connection.closed;
  });
  const bench = new TunnelBench();
  await bench.serve(upstream.port);
  const client = await bench.connect(protocol);
  cleanups.push(
    () => upstream[Symbol.asyncDispose](),
    () => bench.close(),
    () => client.close(),
  );
  await waitFor(() => upstream.requests.length === 1, { what: 'the handshake to reach the server' });
  return { bench, client, upstream, server: upstream.connections[0]! };
}

/** Writes until nothing more is taken. */
async function flood(stream: Writable): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024);
  let takenBytes = 0;
  const write = (): void => {
    if (takenBytes < FLOOD_BYTES && !stream.destroyed) {
      stream.write(chunk, () => {
        takenBytes += chunk.length;
        write();
      });
    }
  };
  write();
  let last = -1;
  let sameCount = 0;
  await waitFor(
    () => {
      sameCount = takenBytes === last ? sameCount + 1 : 0;
      last = takenBytes;
      return takenBytes > 0 && sameCount === 20;
    },
    { what: 'the bytes to stand still' },
  );
  expect(takenBytes).toBeLessThan(FLOOD_BYTES);
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a WebSocket over %s', protocol => {
  it('lives on while either side says something now and then, and ends after an hour of silence', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    for (let count = 1; count <= 3; count++) {
      client.stream.write(PING);
      await server.reader.readExactly(PING.length);
      bench.clock.advance(tunnelIdleTimeoutMs - MARGIN_MS);
    }
    for (let count = 1; count <= 3; count++) {
      await server.send(PONG);
      expect(await client.reader.readExactly(PONG.length)).toEqual(PONG);
      bench.clock.advance(tunnelIdleTimeoutMs - MARGIN_MS);
    }
    expect(server.socket.closed).toBe(false);

    bench.clock.advance(2 * MARGIN_MS);

    // Without a close frame: nobody listens who could want one.
    expect((await client.reader.readToEnd()).bytes).toHaveLength(0);
    expect((await server.reader.readToEnd()).bytes).toHaveLength(0);
    expect(bench.exchanges).toHaveLength(1);
  });

  it('ends where its server takes nothing for a minute', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    await flood(client.stream);

    bench.clock.advance(bodyTimeoutMs - MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(2 * MARGIN_MS);

    expect(bench.exchanges.map(({ fault }) => fault)).toEqual(['upstream_timeout']);
    expect((await server.reader.readToEnd()).bytes.length).toBeLessThan(FLOOD_BYTES);
  });

  it('ends where its client takes nothing for a minute', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    await flood(server.socket);

    bench.clock.advance(bodyTimeoutMs - MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(2 * MARGIN_MS);

    expect(bench.exchanges.map(({ fault }) => fault)).toEqual(['client_closed']);
    await server.closed;
  });

  it('that is not agreed to in time is answered 504, however long a body may stop', async () => {
    const { bench, client } = await open(protocol, '');
    bench.clock.advance(bodyTimeoutMs + MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(upstreamResponseTimeoutMs);

    expect(await client.status).toBe(504);
  });
});
