// SPDX-License-Identifier: Apache-2.0
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { AdminAnswer } from '@weir/proxy';
import type { RolloutRequest } from '@weir/rollouts';
import { expect, it } from 'vitest';
import { ANALYSED } from '../rollouts/sample-views.ts';
import { rolloutRoutes } from './rollout-routes.ts';
import type { RolloutPlace } from './rollout-routes.ts';

type Request = Omit<RolloutRequest, 'atMs'>;

function createDesk(isAccepted = true) {
  const asked: Request[] = [];
  const desk: RolloutPlace['desk'] = {
    views: () => [ANALYSED],
    view: key => (key === 'shop/checkout' ? ANALYSED : undefined),
    request: async (key, request) => {
      asked.push(request);
      return key === 'shop/checkout' ? { ...request, atMs: 0, isAccepted, answer: 'it follows' } : undefined;
    },
  };
  return { asked, desk };
}

function requestWith(body: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.push(body);
  request.push(null);
  return request;
}

async function ask(place: Partial<RolloutPlace>, route: string, body = ''): Promise<{ status: number; json: unknown }> {
  const found = rolloutRoutes(() => ({ desk: undefined, failure: undefined, ...place }))(route);
  if (found === undefined) return { status: 0, json: undefined };
  const answer = (await found(requestWith(body))) as AdminAnswer;
  return { status: answer.status, json: JSON.parse(answer.body) };
}

const LIST = 'GET /api/v1/rollouts';
const ONE = 'GET /api/v1/rollouts/shop/checkout';
const PROMOTE = 'POST /api/v1/rollouts/shop/checkout/promote';

it('shows all and one', async () => {
  const { desk } = createDesk();
  expect(await ask({ desk }, LIST)).toMatchObject({ status: 200, json: [{ namespace: 'shop', name: 'checkout' }] });
  expect(await ask({ desk }, ONE)).toMatchObject({ status: 200, json: { namespace: 'shop', name: 'checkout' } });
});

it('asks for what is wished, as the user that it runs as', async () => {
  const { desk, asked } = createDesk();
  expect(await ask({ desk }, PROMOTE, '{"isFull":true}')).toEqual({
    status: 200,
    json: { isAccepted: true, answer: 'it follows' },
  });
  await ask({ desk }, 'POST /api/v1/rollouts/shop/checkout/abort', '{"isFull":true}');
  await ask({ desk }, PROMOTE);
  expect(asked.map(({ verb, isFull }) => [verb, isFull])).toEqual([
    ['promote', true],
    ['abort', false],
    ['promote', false],
  ]);
  expect(asked[0]?.by).not.toBe('');
  expect(new Set(asked.map(({ id }) => id)).size).toBe(3);
});

it('says why it does not follow', async () => {
  const { desk } = createDesk(false);
  expect(await ask({ desk }, PROMOTE, '{}')).toMatchObject({ status: 409, json: { detail: 'it follows' } });
});

it.each(['GET /api/v1/rollouts/shop/other', 'POST /api/v1/rollouts/shop/other/pause'])('has no such Rollout: %s', async route => {
  const missing = { status: 404, json: { detail: 'there is no Rollout shop/other among the documents' } };
  expect(await ask(createDesk(), route, '{}')).toMatchObject(missing);
  expect(await ask({}, route, '{}')).toMatchObject(missing);
});

it('has none where there is no Rollout', async () => {
  expect(await ask({}, LIST)).toEqual({ status: 200, json: [] });
});

it.each([LIST, ONE, PROMOTE])('says what is in the way where Rollouts are not driven: %s', async route => {
  expect(await ask({ failure: 'it is in use' }, route, '{}')).toMatchObject({
    status: 503,
    json: { detail: 'this weir up does not drive Rollouts: it is in use' },
  });
});

it.each(['{', '7', 'null'])('refuses the body %s', async body => {
  const { desk, asked } = createDesk();
  expect(await ask({ desk }, PROMOTE, body)).toMatchObject({ status: 400 });
  expect(asked).toEqual([]);
});

it.each(['GET /api/v1/rollouts/shop', 'POST /api/v1/rollouts/shop/checkout/finish', 'DELETE /api/v1/rollouts/shop/checkout'])(
  'has nothing for %s',
  async route => {
    expect(await ask(createDesk(), route)).toMatchObject({ status: 0 });
  },
);
