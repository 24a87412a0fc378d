// SPDX-License-Identifier: Apache-2.0
import { status as grpcStatus } from '@grpc/grpc-js';
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { bytes, connectGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

async function stageWithMemory(maxMemory: string): Promise<Stage> {
  return openStage({
    backends: { main: 'echo' },
    flags: ['--workers', '2', '--max-memory', maxMemory],
    documents: [
      route('all', [forward('/', 'main')]),
      ...['Critical', 'High', 'Low'].map(priority =>
        route(priority.toLowerCase(), [forward(`/${priority.toLowerCase()}`, 'main')]),
      ),
      ...['Critical', 'High', 'Low'].map(priority => trafficPolicy(priority.toLowerCase(), priority.toLowerCase(), { priority })),
    ],
  });
}

describe('a gateway that has used up nearly all of its memory', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await stageWithMemory('64MiB');
    await waitFor(() => stage.weir.child.stderr.includes('overload:'), { what: () => `the line\n${stage.weir.child.output}` });
    // The line is written by the main thread, and workers look for themselves.
    const isRefusing = async (): Promise<boolean> => (await stage.send('http', '/')).status === 503;
    await waitFor(isRefusing, { what: () => `a request to be refused\n${stage.weir.child.output}` });
  });

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('refuses requests, and says so', async () => {
    const answer = await stage.send('http', '/');
    expect([answer.status, answer.header('retry-after')]).toEqual([503, '1']);
    expect(answer.json()).toMatchObject({ code: 'load_shed' });
    expect(stage.weir.child.stderr).toContain('too little is left of memory');
    expect(await stage.weir.metrics()).toMatch(/^weir_overload_level 4$/mv);
    await waitFor(() => stage.weir.accessLog.some(({ fault }) => fault === 'load_shed'), { what: 'the line' });
  });

  it('ends gRPC calls with UNAVAILABLE', async () => {
    const client = connectGrpc(stage.ports.http);
    const call = client.makeUnaryRequest('/a.B/C', bytes, bytes, Buffer.from('a'), () => undefined);
    expect((await statusOf(call)).code).toBe(grpcStatus.UNAVAILABLE);
    client.close();
  });

  it('has as much memory left as it needs to tell how it is', async () => {
    expect(await stage.weir.isReady()).toBe(true);
  });
});

describe('a gateway with room', () => {
  it('refuses nothing', async () => {
    await using stage = await stageWithMemory('8GiB');
    for (const target of ['/', '/low', '/healthz']) expect((await stage.send('http', target)).status).toBe(200);
    expect(await stage.weir.metrics()).toMatch(/^weir_overload_level 0$/mv);
  });
});
