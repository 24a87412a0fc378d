// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WEIR_VERSION } from '@weir/policy/documents';
import { hasApiServer, startApiServer } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { readKinds } from '../fields/read-kinds.ts';
import { crdOf, pluralOf } from './crd.ts';
import { RIGHT_OBJECTS, WRONG_OBJECTS } from './sample-objects.ts';
import type { SampleObject } from './sample-objects.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const START_MS = 180_000;

describe.skipIf(!hasApiServer())('an API server of Kubernetes (skipped where etcd and kube-apiserver are not installed)', () => {
  let server: TestApiServer | undefined;

  beforeAll(async () => {
    server = await startApiServer();
    for (const model of readKinds()) {
      expect(await call('POST', CRDS, crdOf(model))).toMatchObject({ status: 201 });
      await untilServed(pluralOf(model.kind));
    }
  }, START_MS);

  afterAll(async () => server?.[Symbol.asyncDispose]());

  const call: TestApiServer['call'] = (...args) => server!.call(...args);

  async function untilServed(plural: string): Promise<void> {
    while ((await call('GET', `/apis/${WEIR_VERSION}/${plural}`)).status !== 200) await delay(50);
  }

  function post({ kind, spec }: SampleObject, name: string): ReturnType<TestApiServer['call']> {
    const path = `/apis/${WEIR_VERSION}/namespaces/default/${pluralOf(kind)}?fieldValidation=Strict`;
    return call('POST', path, { apiVersion: WEIR_VERSION, kind, metadata: { name }, spec });
  }

  it.each(RIGHT_OBJECTS.map((sample, index) => [sample.about, sample, index] as const))('takes %s', async (_, sample, index) => {
    const { status, body } = await post(sample, `right-${index}`);
    expect(body).toMatchObject({ kind: sample.kind });
    expect(status).toBe(201);
  });

  it.each(WRONG_OBJECTS.map((sample, index) => [sample.about, sample, index] as const))(
    'refuses %s',
    async (_, sample, index) => {
      const { status } = await post(sample, `wrong-${index}`);
      expect([400, 422]).toContain(status);
    },
  );

  it.each([
    ['Services in the place of a Deployment', { deployment: { name: 'cart' } }, { services: { stable: 'v1', candidate: 'v2' } }],
    ['a Deployment in the place of Services', { services: { stable: 'v1', candidate: 'v2' } }, { deployment: { name: 'cart' } }],
    ['another Deployment', { deployment: { name: 'cart' } }, { deployment: { name: 'shop' } }],
    ['other Services', { services: { stable: 'v1', candidate: 'v2' } }, { services: { stable: 'v2', candidate: 'v3' } }],
  ])('lets revisions of a Rollout be others only where they are Services: %s', async (about, before, revisions) => {
    const sample = RIGHT_OBJECTS.find(one => one.about === 'a canary')!;
    const name = about.toLowerCase().replaceAll(' ', '-');
    expect((await post({ ...sample, spec: { ...sample.spec, revisions: before } }, name)).status).toBe(201);
    const path = `/apis/${WEIR_VERSION}/namespaces/default/rollouts/${name}`;
    const { body: found } = await call('GET', path);
    const { status, body } = await call('PUT', path, { ...(found as object), spec: { ...sample.spec, revisions } });
    if (about === 'other Services') expect(status).toBe(200);
    else {
      expect(status).toBe(422);
      expect(body).toMatchObject({
        message: expect.stringContaining('delete this Rollout when it is Stable') as unknown,
      });
    }
  });

  it('fills in the same defaults', async () => {
    const { body } = await post(
      RIGHT_OBJECTS.find(({ about }) => about === 'a default alone')!,
      'defaults',
    );
    expect(body).toMatchObject({ spec: { mode: 'Enforce', authorization: { defaultAction: 'Deny', rules: [] } } });
  });
});
