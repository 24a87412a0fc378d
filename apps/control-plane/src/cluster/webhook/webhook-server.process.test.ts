// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { text as readText } from 'node:stream/consumers';
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhook } from './start-webhook.ts';
import type { RunningWebhook, WebhookOptions } from './start-webhook.ts';

const review = (namespace: string): string =>
  JSON.stringify({
    ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
    request: { uid: 'u', operation: 'CREATE', namespace, object: { spec: { containers: [{ name: 'app' }] } } },
  });

const notes: string[] = [];
const OPTIONS: WebhookOptions = {
  ...{ at: { address: '127.0.0.1', port: 0 }, names: ['weir-webhook.weir-system.svc'] },
  settings: () => ({
    image: 'weir:1',
    controlPlane: 'cp:15010',
    trustDomain: 'weir.local',
    resources: { requests: {}, limits: {} },
  }),
  ...{ secrets: createMemorySecrets(), clock: systemClock, random: createSystemRandom() },
  findDeployment: () => Promise.resolve(undefined),
  namespaceLabels: name =>
    name === 'shop'
      ? Promise.resolve({ 'weir.dev/inject': 'enabled' })
      : Promise.reject(new Error('no answer of the API server')),
  rolloutsOf: namespace =>
    namespace === 'shop' ? Promise.resolve([]) : Promise.reject(new Error('no answer of the API server')),
  onNote: text => void notes.push(text),
};

describe('the server of webhooks', () => {
  let webhook: RunningWebhook;

  beforeAll(async () => {
    webhook = await startWebhook(OPTIONS);
  });

  afterAll(() => webhook.stop());

  async function ask(path: string, body: string, method = 'POST'): Promise<{ readonly status: number; readonly body: unknown }> {
    const { port } = webhook.at;
    const sent = request({
      host: '127.0.0.1',
      servername: 'weir-webhook.weir-system.svc',
      port,
      path,
      method,
      ca: webhook.caPem(),
    });
    // What is too large is refused while it is being sent.
    sent.on('error', () => undefined);
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: JSON.parse(await readText(response)) };
  }

  it('answers a review, by a name that its certificate has', async () => {
    expect(await ask('/inject?timeout=10s', review('shop'))).toMatchObject({
      status: 200,
      body: { response: { allowed: true } },
    });
  });

  it.each([
    ['/inject', 'POST', 'x', 400, /no AdmissionReview of admission\.k8s\.io\/v1/v],
    ['/validate', 'POST', '{}', 400, /no AdmissionReview/v],
    ['/elsewhere', 'POST', '{}', 404, /ask \/inject or \/hold or \/validate/v],
    ['/inject', 'PUT', '{}', 405, /write POST/v],
    ['/inject', 'POST', ' '.repeat(8 * 1024 ** 2 + 1), 413, /more than 8388608 bytes/v],
  ])('%s %s says what is wrong with it', async (path, method, body, status, message) => {
    expect(await ask(path, body, method)).toEqual({ status, body: { message: expect.stringMatching(message) } });
  });

  it('decides nothing where it cannot know, and says so', async () => {
    expect(await ask('/inject', review('gone'))).toEqual({ status: 500, body: { message: 'weir: no answer of the API server' } });
    expect(notes).toEqual(['/inject cannot be answered: no answer of the API server']);
    expect(await ask('/hold', review('gone'))).toMatchObject({ status: 500 });
    expect(await ask('/hold', review('shop'))).toMatchObject({ status: 200, body: { response: { allowed: true } } });
  });

  it('outlives clients that say nothing, nonsense, or half of it', async () => {
    const { port } = webhook.at;
    for (const text of ['', 'nonsense\r\n\r\n', 'POST /inject HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf']) {
      const socket = connect({ host: '127.0.0.1', port, servername: 'weir-webhook.weir-system.svc', ca: webhook.caPem() });
      await once(socket, 'secureConnect');
      socket.write(text);
      socket.destroySoon();
      await once(socket, 'close');
    }
    expect(await ask('/inject', review('shop'))).toMatchObject({ status: 200 });
    expect(notes).toHaveLength(2);
  });
});

it('answers what is under way as it stops, and leaves no connection that anybody would use again', async () => {
  const [asked, labels] = [Promise.withResolvers<undefined>(), Promise.withResolvers<Readonly<Record<string, string>>>()];
  const namespaceLabels: WebhookOptions['namespaceLabels'] = () => {
    asked.resolve(undefined);
    return labels.promise;
  };
  const webhook = await startWebhook({ ...OPTIONS, namespaceLabels });
  const place = { host: '127.0.0.1', port: webhook.at.port, servername: OPTIONS.names[0], ca: webhook.caPem() };
  const unused = connect({ ...place, ALPNProtocols: ['http/1.1'] });
  await once(unused, 'secureConnect');
  const agent = new Agent({ keepAlive: true });
  const sent = request({ ...place, agent, path: '/inject', method: 'POST' }).end(review('shop'));
  await asked.promise;
  const stopped = webhook.stop();
  labels.resolve({});
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
  response.resume();
  await stopped;
  agent.destroy();
  unused.destroy();
});
