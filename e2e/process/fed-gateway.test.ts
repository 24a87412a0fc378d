// SPDX-License-Identifier: Apache-2.0
import { answering, echo, findFreePorts, request, startUpstream } from '@weir/testing';
import type { Upstream } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ControlPlaneStage } from './stage/control-plane-stage.ts';
import { forward, gateway, route, service } from './stage/documents.ts';

/** Each test runs several commands, each a process that takes a second of a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

let backend: Upstream;
let stage: ControlPlaneStage;
let port = 0;

beforeEach(async () => {
  backend = await startUpstream(answering(echo('main')));
  [port = 0] = await findFreePorts(1);
  stage = await ControlPlaneStage.open([
    gateway('edge', [{ name: 'http', protocol: 'HTTP', port }]),
    ...service('main', [backend.port]),
    route('all', [forward('/main', 'main')]),
  ]);
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const get = (path: string) => request({ port }, path, { headers: { Connection: 'close' } });

describe('a gateway of a control plane', () => {
  it('serves what its documents say, and each change of them', async () => {
    await stage.startControlPlane();
    const edge = await stage.startGateway();
    expect(await stage.readiness()).toBe('200 ok');
    expect((await get('/main/1')).status).toBe(200);
    expect((await get('/basket')).status).toBe(404);
    await stage.write(route('all', [forward('/basket', 'main')]));
    await edge.sees(/changed: live in/v);
    expect((await get('/basket')).status).toBe(200);
    expect(await stage.run(['wait', 'HTTPRoute/default/all', '--for=programmed'])).toMatchObject({ code: 0 });
    expect((await stage.run(['status'])).out).toMatch(/^HTTPRoute\/default\/all +1\/1 +True/mv);
    expect(await edge.stop()).toEqual({ code: 0, signal: null });
  });
});
