// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
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
