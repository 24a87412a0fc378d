// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { AdmissionRequest } from '@weir/kubernetes';
import { describe, expect, it } from 'vitest';
import { createFindDeployment } from './find-deployment.ts';
import { validateWithAdvice } from './validate-with-advice.ts';

const CART = '/apis/apps/v1/namespaces/shop/deployments/cart';

function requestOf(revisions: object, operation: 'CREATE' | 'DELETE' = 'CREATE'): AdmissionRequest {
  const spec = { targetRef: { name: 'cart' }, revisions, strategy: { blueGreen: {} } };
  const metadata = { name: 'cart', namespace: 'shop' };
  const object = { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata, spec };
  return { uid: 'u', operation, namespace: 'shop', object };
}

/** What is answered where the API server answers so to what is asked of it. */
async function answered(request: AdmissionRequest, answer: (path: string) => string): Promise<unknown> {
  const ask = ({ path }: { readonly path: string }): Promise<string> => Promise.resolve(path).then(answer);
  return validateWithAdvice(createFindDeployment({ ask }))(request);
}

const deployment = (maxSurge: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { replicas: 4, strategy: { rollingUpdate: { maxSurge, maxUnavailable: 0 } } },
  });

const OF_DEPLOYMENT = requestOf({ deployment: { name: 'cart' } });

describe('a Rollout that is written', () => {
  it('is admitted with a warning that fits, where its Deployment makes too few Pods', async () => {
    const asked: string[] = [];
    const found = await answered(OF_DEPLOYMENT, path => {
      asked.push(path);
      return deployment('25%');
    });
    const text =
      'weir: Deployment cart makes 1 of 4 new Pods beside former ones: write strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }';
    expect(found).toEqual({ kind: 'admitted', warnings: [text] });
    expect(text.length).toBeLessThan(256);
    expect(asked).toEqual([CART]);
  });

  it('has nothing else looked at than a Deployment, whatever it names', async () => {
    const asked: string[] = [];
    const { object, ...rest } = requestOf({ deployment: { name: 'cart/scale' } });
    const ofOthers = { ...rest, object: { ...(object as object), apiVersion: 'example.com/v1' } };
    await answered(ofOthers, path => {
      asked.push(path);
      return deployment('25%');
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['the Deployment is as it is to be', OF_DEPLOYMENT, () => deployment('100%')],
    ['nobody answers', OF_DEPLOYMENT, () => fail(new Error('away'))],
    ['there is no Deployment yet', OF_DEPLOYMENT, () => fail(new ApiError(404, { reason: 'NotFound', message: 'none' }))],
    ['it is removed', requestOf({ deployment: { name: 'cart' } }, 'DELETE'), () => deployment('25%')],
    ['it names Services', requestOf({ services: { stable: 'v1', candidate: 'v2' } }), () => deployment('25%')],
  ])('is admitted without a word where %s', async (_, request, answer) => {
    expect(await answered(request, answer)).toEqual({ kind: 'admitted' });
  });

  it('is refused as before where it cannot be read', async () => {
    expect(await answered(requestOf({}), () => deployment('25%'))).toMatchObject({ kind: 'refused' });
  });
});

function fail(reason: Error): never {
  throw reason;
}
