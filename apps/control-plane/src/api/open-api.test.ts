// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { API_ROUTES } from './api-routes.ts';
import { openApiDocument } from './open-api.ts';

it('says of every route what it takes and gives', () => {
  const document = openApiDocument(API_ROUTES);
  const { paths } = document;
  expect(Object.keys(paths as object)).toEqual([
    '/summary',
    '/objects',
    '/objects/{kind}/{namespace}/{name}',
    '/proxies',
    '/proxies/{namespace}/{serviceAccount}/{proxy}/admin/{path}',
    '/problems',
    '/join-tokens',
    '/identity',
    '/identity/rotation',
    '/rollouts',
    '/rollouts/{namespace}/{name}',
    ...['promote', 'pause', 'resume', 'abort', 'retry', 'undo'].map(verb => `/rollouts/{namespace}/{name}/${verb}`),
  ]);
  expect(paths).toMatchObject({
    '/objects': { get: { operationId: 'listObjects', parameters: [{ name: 'kind', in: 'query', required: false }] } },
    '/objects/{kind}/{namespace}/{name}': {
      get: {
        parameters: [
          { name: 'kind', in: 'path', required: true },
          { name: 'namespace', required: true },
          { name: 'name', required: true },
        ],
      },
    },
    '/join-tokens': {
      post: {
        requestBody: {
          content: {
            'application/json': { schema: { required: ['identity', 'addresses', 'ttlMs'], additionalProperties: false } },
          },
        },
        responses: { 201: {}, default: { $ref: '#/components/responses/Problem' } },
      },
    },
    '/identity/rotation': {
      post: { responses: { 202: {} }, 'x-weir-right': 'rotate' },
      delete: { operationId: 'abortRotation', description: 'Needs the right rotate, which the token of the operator gives.' },
    },
  });
});

it('gives every operation an id of its own, and names each parameter of its path', () => {
  expect(new Set(API_ROUTES.map(({ operationId }) => operationId)).size).toBe(API_ROUTES.length);
  for (const { path, params } of API_ROUTES) {
    const named = [...path.matchAll(/\{(\w+)\}/gv)].map(([, name]) => name ?? '');
    expect(params.safeParse(Object.fromEntries(named.map(name => [name, 'x']))).success).toBe(true);
  }
});
