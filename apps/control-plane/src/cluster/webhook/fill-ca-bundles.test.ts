// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import { expect, it } from 'vitest';
import { fillCaBundles } from './fill-ca-bundles.ts';

type Asked = Parameters<ApiConnection['ask']>[0];

function scripted(answers: Readonly<Record<string, object>>): {
  readonly connection: Pick<ApiConnection, 'ask'>;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  return {
    asked,
    connection: {
      ask: request => {
        asked.push(request);
        const answer = answers[request.path];
        if (answer === undefined) return Promise.reject(new ApiError(404, { reason: 'NotFound', message: 'none' }));
        return Promise.resolve(JSON.stringify(answer));
      },
    },
  };
}

const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/weir';
const CA = Buffer.from('ROOTS').toString('base64');
const options = {
  names: { mutating: 'weir', validating: 'weir' },
  namespace: 'weir-system',
  caPem: 'ROOTS',
  signal: AbortSignal.any([]),
};

it('writes roots where others stand, and only where the webhook is still the same', async () => {
  const webhooks = [
    { name: 'a', clientConfig: { caBundle: CA } },
    { name: 'b', clientConfig: {} },
  ];
  const { connection, asked } = scripted({ [MUTATING]: { webhooks } });
  expect(await fillCaBundles({ ...options, connection })).toEqual([MUTATING]);
  const [patch, ...others] = asked.filter(({ method }) => method === 'PATCH');
  expect(others).toEqual([]);
  expect(JSON.parse(patch?.body ?? '')).toEqual([
    { op: 'test', path: '/webhooks/1/name', value: 'b' },
    { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: CA },
  ]);
});

it('leaves alone what leads to the Service of another release', async () => {
  const service = (namespace: string): object => ({ service: { namespace, name: 'weir-webhook' } });
  const webhooks = [
    { name: 'a', clientConfig: service('weir-next') },
    { name: 'b', clientConfig: service('weir-system') },
  ];
  const { connection, asked } = scripted({ [MUTATING]: { webhooks } });
  expect(await fillCaBundles({ ...options, connection })).toEqual([MUTATING]);
  const patch = asked.find(({ method }) => method === 'PATCH');
  expect(JSON.parse(patch?.body ?? '')).toMatchObject([
    { path: '/webhooks/1/name' },
    { path: '/webhooks/1/clientConfig/caBundle' },
  ]);
});

it('passes over what is not there, and nothing else', async () => {
  const { connection } = scripted({});
  expect(await fillCaBundles({ ...options, connection })).toEqual([]);
  const refusing = { ask: () => Promise.reject(new ApiError(403, { reason: 'Forbidden', message: 'you may not' })) };
  await expect(fillCaBundles({ ...options, connection: refusing })).rejects.toThrow('you may not');
});
