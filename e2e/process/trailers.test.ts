// SPDX-License-Identifier: Apache-2.0
import { answering, echo } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { PROTOCOLS, openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const remove = { remove: ['X-Secret'], set: [{ name: 'X-Team', value: 'edge' }] };
const LIES = {
  'X-Sum': '5',
  Authorization: 'Bearer stolen',
  Cookie: 'a=1',
  'Set-Cookie': 'a=1',
  'X-Forwarded-For': '6.6.6.6',
  X_Real_IP: '6.6.6.6',
  'X-Request-Id': 'mine',
  'Proxy-Authorization': 'Basic eA==',
  'If-Match': 'x',
  'X-Secret': 'told',
  'X-Team': 'other',
};
const LINES = Object.entries(LIES).map(([name, value]) => `${name}: ${value}\r\n`);

let stage: Stage;

beforeAll(async () => {
  const backend = answering((request, connection) =>
    request.target === '/answer'
      ? `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${LINES.join('')}\r\n`
      : echo('main')(request, connection),
  );
  const filters = [
    { type: 'RequestHeaderModifier', requestHeaderModifier: remove },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: remove },
  ];
  stage = await openStage({ backends: { main: backend }, documents: [route('all', [forward('/', 'main', { filters })])] });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.each(PROTOCOLS)('trailers over %s', protocol => {
  it('of a request carry nothing that belongs in its head, and nothing that the route decides', async () => {
    const { body, trailers } = await stage.echo(protocol, '/', { method: 'POST', body: 'abc', trailers: LIES });

    expect(body).toBe('abc');
    expect(trailers).toEqual({ 'x-sum': '5' });
  });

  it('of an answer neither', async () => {
    const response = await stage.send(protocol, '/answer');

    expect(response.text).toBe('ok');
    expect(response.trailers).toEqual([['x-sum', '5']]);
  });
});
