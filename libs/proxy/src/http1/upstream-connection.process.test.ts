// SPDX-License-Identifier: Apache-2.0
import { TestBody, createRecordingHandler, createTestExchange, startUpstream, waitFor } from '@weir/testing';
import { expect, it } from 'vitest';
import { defaultLimits } from '../engine/settings.ts';
import { WriteBatch } from './socket-writer.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamHost } from './upstream-connection.ts';

const MIB = 1024 * 1024;

function createHost(): UpstreamHost & { coarseNowMs: number } {
  return {
    limits: { ...defaultLimits, bodyTimeoutMs: 1000 },
    batch: new WriteBatch(),
    coarseNowMs: 0,
    onFree: () => undefined,
    onClosed: () => undefined,
  };
}

it('gives up on an upstream that stops reading an upload', async () => {
  // Reads the head and then nothing.
  await using upstream = await startUpstream(async connection => {
    await connection.readRequestHead();
  });
  const host = createHost();
  const handler = createRecordingHandler();
  const body = new TestBody(64 * MIB);
  const target = { address: '127.0.0.1', port: upstream.port, connectTimeoutMs: 1000 };
  const connection = new UpstreamConnection(target, host);
  connection.send({ exchange: createTestExchange({ request: { method: 'POST' }, body }), handler });
  const chunk = 'x'.repeat(MIB);
  for (let sentBytes = 0; sentBytes < 64 * MIB; sentBytes += MIB) body.data(chunk);
  await waitFor(() => body.isPaused && connection.socket.writableNeedDrain, { what: 'the kernel to take no more' });
  connection.sweep(1000);
  expect(handler.events).toEqual([]);
  connection.sweep(1001);

  expect(handler.events).toEqual(['fault upstream_timeout']);
  expect(connection.socket.destroyed).toBe(true);
});
