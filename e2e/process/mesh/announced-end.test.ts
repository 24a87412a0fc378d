// SPDX-License-Identifier: Apache-2.0
import { answering, connectRaw, echo, startUpstream, waitFor } from '@weir/testing';
import type { RawClient } from '@weir/testing';
import { expect, it } from 'vitest';
import { ProcessMesh } from './stage/process-mesh.ts';

it('a sidecar that is told by SIGUSR2 that its workload will end serves on, and leads who calls from outside of the mesh elsewhere', async () => {
  await using mesh = await ProcessMesh.start({ services: ['cart'] });
  await using application = await startUpstream(answering(echo('cart')));
  const { child } = await mesh.startSidecar({ service: 'cart', application: application.port });
  const call = async (): Promise<string | undefined> => {
    await using client = await connectRaw({ port: mesh.endpointOf('cart') });
    return await connectionOfAnswer(client);
  };
  expect(await call()).toBeUndefined();
  child.process.kill('SIGUSR2');
  await waitFor(async () => (await call()) === 'close', { what: 'an answer that closes its connection' });
  expect(child.isRunning).toBe(true);
});

async function connectionOfAnswer(client: RawClient): Promise<string | undefined> {
  await client.send('GET / HTTP/1.1\r\nHost: cart.shop\r\n\r\n');
  const response = await client.readResponse();
  expect(response.status).toBe(200);
  return response.header('connection');
}
