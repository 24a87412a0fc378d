// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { startClusterLoad } from './stage/cluster-load.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { echoBackend } from './stage/workload.ts';

it('a client in the cluster asks a backend by its Service, and sees who answers', async () => {
  await using namespace = await openNamespace('e2e-stage');
  await namespace.apply(...echoBackend('echo', { env: { EXIT_AT_ONCE: '1' } }));
  const client = await startClient(namespace);
  const { body } = await client.ask({ url: 'http://echo/path', headers: { 'x-mark': 'm' }, status: 200 });
  expect(JSON.parse(body)).toMatchObject({
    pod: expect.stringMatching(/^echo-/),
    url: '/path',
    headers: { host: 'echo', 'x-mark': 'm' },
  });
  await expect(client.ask({ url: 'http://echo/', status: 404, timeoutMs: 100 })).rejects.toThrow(
    'no 404 of http://echo/ in 100 ms',
  );
});

it('a load says how many of its requests failed, when, and who answered the others', async () => {
  await using namespace = await openNamespace('e2e-load');
  await namespace.apply(...echoBackend('echo', { replicas: 2 }));
  const client = await startClient(namespace);
  await namespace.kubectl(['rollout', 'status', 'deployment/echo', '--timeout=60s']);
  // The node comes to know where the Service is a little after its pods are ready.
  await client.ask({ url: 'http://echo/', status: 200 });
  await using load = await startClusterLoad(namespace, { url: 'http://echo/', concurrency: 4 });
  await load.goesOnFor(100);
  expect(load.report).toMatchObject({ failed: 0, statuses: { 200: load.report.requests }, examples: [] });
  await namespace.kubectl(['scale', 'deployment/echo', '--replicas=0']);
  await waitFor(() => load.report.failed > 0, { what: 'requests that nobody answers', timeoutMs: 60_000 });
  const { requests, failed, statuses, pods, examples } = await load.stop();
  const answered = statuses['200'] ?? 0;
  expect(answered + failed).toBe(requests);
  expect(Object.values(pods).reduce((sum, count) => sum + count, 0)).toBe(answered);
  expect(examples[0]).toMatch(/^after \d+ ms: E/);
});
