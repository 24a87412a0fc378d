// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessPolicy, consumer, forward, route, secret, target } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

let stage: Stage;

const rules = (...list: readonly Fields[]): Fields => ({ authorization: { rules: list } });

beforeAll(async () => {
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [
      route('all', [
        { name: 'own', ...forward('/users', 'main') },
        { name: 'robots', ...forward('/robots', 'main') },
        { name: 'broken', ...forward('/broken', 'main') },
      ]),
      accessPolicy('own', target.rule('all', 'own'), {
        authentication: { methods: [{ name: 'passwords', basic: {} }] },
        ...rules(
          { name: 'own', action: 'Allow', cel: 'request.path.startsWith("/users/" + consumer.name.split("/")[1] + "/")' },
          { name: 'staff', action: 'Allow', cel: '"staff" in consumer.groups && request.method in ["GET", "HEAD"]' },
        ),
      }),
      accessPolicy(
        'robots',
        target.rule('all', 'robots'),
        rules({ name: 'robots', action: 'Deny', cel: 'request.headers["user-agent"].matches("(?i)robot")' }),
      ),
      consumer('ann', { basic: [{ secretRef: { name: 'ann' } }] }),
      consumer('bob', { groups: ['staff'], basic: [{ secretRef: { name: 'bob' } }] }),
      secret('ann', { username: 'ann', password: 'correct horse' }),
      secret('bob', { username: 'bob', password: 'battery staple' }),
    ],
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

const as = (credential: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(credential).toString('base64')}`,
});
const ANN = as('ann:correct horse');
const BOB = as('bob:battery staple');

describe.each(PROTOCOLS)('expressions over %s', protocol => {
  it.each([
    ['GET', '/users/ann/1', ANN, 200],
    ['PUT', '/users/ann/1', ANN, 200],
    ['GET', '/users/bob/1', ANN, 403],
    ['GET', '/users/ann/1', BOB, 200],
    ['PUT', '/users/ann/1', BOB, 403],
    ['GET', '/robots', { 'user-agent': 'a browser' }, 200],
    ['GET', '/robots', { 'user-agent': 'RoBoT/1' }, 403],
    ['GET', '/robots', { 'user-agent': 'a'.repeat(2000) }, 403],
  ])('%s %s with %j answers %i', async (method, path, headers, status) => {
    expect((await stage.send(protocol, path, { method, headers })).status).toBe(status);
  });

  it('denies where one cannot be evaluated', async () => {
    expect((await stage.send(protocol, '/robots')).status).toBe(403);
  });
});

it('one that cannot be read is told with its place, and what it guards is refused', async () => {
  expect((await stage.send('http', '/broken')).status).toBe(200);
  const broken = accessPolicy(
    'broken',
    target.rule('all', 'broken'),
    rules({ name: 'x', action: 'Allow', cel: 'request.pth == "/"' }),
  );
  await stage.apply([broken], async () => (await stage.send('http', '/broken')).status === 503);
  await waitFor(() => stage.weir.child.output.includes('`request.pth` is nothing that is known here'), { what: 'the problem' });
  expect((await stage.send('http', '/robots', { headers: { 'user-agent': 'x' } })).status).toBe(200);
});
