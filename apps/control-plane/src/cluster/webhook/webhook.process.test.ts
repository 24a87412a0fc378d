// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import { ApiConnection, createHoldingReader } from '@weir/kubernetes';
import { hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { ApiAnswer, TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fillCaBundles } from './fill-ca-bundles.ts';
import { createFindDeployment } from './find-deployment.ts';
import { createNamespaceLabels } from './namespace-labels.ts';
import { startWebhook } from './start-webhook.ts';
import type { RunningWebhook } from './start-webhook.ts';

const CRDS = join(import.meta.dirname, '../../../../../charts/weir/crds');
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const NAMES = { mutating: 'weir', validating: 'weir' };
const SHOP = '/api/v1/namespaces/shop/pods';
const POLICIES = '/apis/weir.dev/v1alpha1/namespaces/shop/accesspolicies';

const SETTINGS = {
  image: 'weir:1.0.0',
  controlPlane: 'weir-control-plane.weir-system.svc:15010',
  trustDomain: 'example.org',
  resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
};

/** As the chart has them, with an address that this machine has in the place of a Service. */
function configurations(port: number): readonly (readonly [plural: string, body: object])[] {
  const webhook = (path: string): object => ({
    clientConfig: { url: `https://127.0.0.1:${port}${path}` },
    ...{ admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 10 },
  });
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const own = { apiGroups: ['weir.dev'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] };
  const namespaceSelector = { matchLabels: { 'weir.dev/inject': 'enabled' } };
  const [apiVersion, metadata] = ['admissionregistration.k8s.io/v1', { name: 'weir' }];
  const inject = { ...webhook('/inject'), name: 'inject.weir.dev', rules: [pods], namespaceSelector };
  const validate = { ...webhook('/validate'), name: 'validate.weir.dev', rules: [own] };
  return [
    ['mutatingwebhookconfigurations', { apiVersion, kind: 'MutatingWebhookConfiguration', metadata, webhooks: [inject] }],
    ['validatingwebhookconfigurations', { apiVersion, kind: 'ValidatingWebhookConfiguration', metadata, webhooks: [validate] }],
  ];
}

const pod = (name: string, fields: object = {}, metadata: object = {}): object => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata } },
  // The API server of this test has nobody who fills it in.
  spec: {
    serviceAccountName: 'default',
    containers: [{ name: 'app', image: 'app:1', readinessProbe: { tcpSocket: { port: 8080 } } }],
    ...fields,
  },
});

const policy = (name: string, spec: object): object => ({
  ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name } },
  spec: { targetRefs: [{ group: '', kind: 'Service', name: 'not-there-yet' }], ...spec },
});

describe.skipIf(!hasApiServer())(
  'webhooks that an API server asks (skipped where etcd and kube-apiserver are not installed)',
  () => {
    let server: TestApiServer;
    let connection: ApiConnection;
    let webhook: RunningWebhook;
    const notes: string[] = [];

    const call: TestApiServer['call'] = (...args) => server.call(...args);
    const fill = (): Promise<readonly string[]> =>
      fillCaBundles({
        connection,
        names: NAMES,
        namespace: 'weir-system',
        caPem: webhook.caPem(),
        signal: AbortSignal.timeout(10_000),
      });

    /** An API server hears of a configuration a moment after it has taken it. */
    async function untilAsked(): Promise<void> {
      const asked = async (): Promise<boolean> => {
        const refused = await call('POST', `${SHOP}?dryRun=All`, pod('probe', {}, { labels: { 'weir.dev/injected': 'true' } }));
        return refused.status === 422 && messageOf(refused).includes('written by Weir alone');
      };
      await waitFor(asked, { what: () => `the API server to ask\n${notes.join('\n')}`, timeoutMs: 30_000 });
    }

    const messageOf = ({ body }: ApiAnswer): string => (body as { readonly message?: string }).message ?? '';

    beforeAll(async () => {
      server = await startApiServer();
      const config = new KubeConfig();
      config.loadFromFile(server.kubeconfig);
      connection = new ApiConnection(config);
      webhook = await startWebhook({
        ...{ at: { address: '127.0.0.1', port: 0 }, names: ['127.0.0.1'], settings: () => SETTINGS },
        ...{ secrets: createMemorySecrets(), clock: systemClock, random: createSystemRandom() },
        namespaceLabels: createNamespaceLabels(connection),
        findDeployment: createFindDeployment(connection),
        rolloutsOf: createHoldingReader(connection),
        onNote: text => void notes.push(text),
      });
      const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      await call('POST', crds, parse(readFileSync(join(CRDS, 'accesspolicies.yaml'), 'utf8')));
      await call('POST', '/api/v1/namespaces', { metadata: { name: 'shop', labels: { 'weir.dev/inject': 'enabled' } } });
      await call('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
      for (const [plural, body] of configurations(webhook.at.port)) {
        expect(await call('POST', `${REGISTRATION}/${plural}`, body)).toMatchObject({ status: 201 });
      }
      expect(await fill()).toHaveLength(2);
      await untilAsked();
      const isServed = async (): Promise<boolean> => (await call('GET', POLICIES)).status === 200;
      await waitFor(isServed, { what: () => 'AccessPolicies', timeoutMs: 30_000 });
    }, 180_000);

    afterAll(async () => {
      connection.close();
      await webhook.stop();
      await server[Symbol.asyncDispose]();
    });

    it('writes roots only where others stand', async () => {
      expect(await fill()).toEqual([]);
      const path = `${REGISTRATION}/mutatingwebhookconfigurations/weir`;
      const { body } = await call('GET', path);
      const [entry] = (body as { readonly webhooks: readonly { readonly clientConfig: object }[] }).webhooks;
      const clientConfig = { ...entry?.clientConfig, caBundle: Buffer.from('').toString('base64') };
      await call('PATCH', path, { webhooks: [{ ...entry, clientConfig }] });
      expect(await fill()).toEqual([path]);
      await untilAsked();
    });

    it('puts a sidecar into a Pod, which the API server then takes', async () => {
      const { status, body } = await call('POST', SHOP, pod('cart'));
      expect({ status, body, message: messageOf({ status, body }) }).toMatchObject({
        message: '',
        status: 201,
        body: {
          metadata: { labels: { 'weir.dev/injected': 'true' } },
          spec: {
            initContainers: [{ name: 'weir-intercept' }, { name: 'weir-sidecar', restartPolicy: 'Always' }],
            containers: [{ readinessProbe: { httpGet: { path: '/app-health/app/readyz', port: 15_021 } } }],
          },
        },
      });
    });

    it('leaves Pods of other namespaces and such that opt out', async () => {
      const elsewhere = await call('POST', '/api/v1/namespaces/other/pods', pod('cart'));
      const without = await call('POST', SHOP, pod('without', {}, { annotations: { 'weir.dev/inject': 'false' } }));
      for (const { status, body } of [elsewhere, without]) {
        expect(status).toBe(201);
        expect(JSON.stringify(body)).not.toContain('weir-sidecar');
      }
    });

    it('refuses a Pod in words', async () => {
      const refused = await call('POST', SHOP, pod('wrong', {}, { annotations: { 'weir.dev/proxy-cpus': '1' } }));
      expect(refused.status).toBe(422);
      expect(messageOf(refused)).toContain(
        'weir.dev/proxy-cpus is none that Weir reads of a Pod: did you mean `weir.dev/proxy-cpu`?',
      );
    });

    it('refuses a policy with an expression that cannot be evaluated, and takes one whose target is not there yet', async () => {
      const rule = (cel: string): object => ({ authorization: { rules: [{ name: 'r', action: 'Allow', cel }] } });
      const refused = await call('POST', POLICIES, policy('bad', rule('request.methud == "GET"')));
      expect(refused.status).toBe(422);
      expect(messageOf(refused)).toContain('spec.authorization.rules[0].cel');
      expect(messageOf(refused)).toContain('did you mean `request.method`?');
      expect(await call('POST', POLICIES, policy('good', rule('request.method == "GET"')))).toMatchObject({ status: 201 });
    });
  },
);
