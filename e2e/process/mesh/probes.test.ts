// SPDX-License-Identifier: Apache-2.0
import { answering, createTempDirectory, echo, findFreePorts, request, startUpstream, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ProcessMesh } from './stage/process-mesh.ts';

let running = new AsyncDisposableStack();

afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

describe('the probe port of a sidecar', () => {
  it('answers for the sidecar and asks the application, at its port alone and in plaintext', async () => {
    const application = running.use(await startUpstream(answering(echo('cart'))));
    const directory = running.use(await createTempDirectory());
    const [port = 0] = await findFreePorts(1);
    const livez = { httpGet: { port: application.port, path: '/alive' } };
    await directory.write('probes.json', JSON.stringify({ app: { livez, startupz: { tcpSocket: { port: application.port } } } }));
    const mesh = running.use(await ProcessMesh.start({ services: ['cart'] }));
    const flags = ['--probe-address', `127.0.0.1:${port}`, '--probes', `${directory.path}/probes.json`];
    const { child } = await mesh.startSidecar({ service: 'cart', application: application.port, flags });
    const ask = async (path: string): Promise<readonly [number, string]> => {
      const { status, text } = await request({ port }, path, { headers: { Connection: 'close' } });
      return [status, text];
    };
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
    expect(await ask('/app-health/app/livez')).toEqual([200, 'ok\n']);
    expect(await ask('/app-health/app/startupz')).toEqual([200, 'ok\n']);
    expect(application.requests.map(({ target }) => target)).toEqual(['/alive']);
    for (const path of ['/alive', '/metrics', '/app-health/app/readyz']) expect((await ask(path))[0]).toBe(404);
    await application[Symbol.asyncDispose]();
    const [status, text] = await ask('/app-health/app/livez');
    expect([status, text]).toEqual([502, expect.stringMatching(/^the application: connect ECONNREFUSED 127\.0\.0\.1:/v)]);
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
    const exited = child.stop();
    await waitFor(async () => (await ask('/readyz').catch(() => undefined))?.[0] !== 200, { what: 'not to be ready' });
    expect((await exited).code).toBe(0);
  });
});
