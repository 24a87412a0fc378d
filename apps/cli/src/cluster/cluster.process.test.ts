// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child, findFreePorts, hasApiServer, request, startApiServer, waitFor } from '@weir/testing';
import type { RawResponse, TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const RULES = fileURLToPath(new URL('../../../../charts/weir/rules/', import.meta.url));
const SYSTEM = '/api/v1/namespaces/weir-system';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

const deploymentOf = (name: string): object => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app' }] } },
  },
});

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

describe.skipIf(!hasApiServer())(
  'a control plane in a cluster, and who asks it (skipped where etcd and kube-apiserver are not installed)',
  () => {
    let server: TestApiServer;
    let controlPlane: Child;
    let port = 0;

    beforeAll(async () => {
      server = await startApiServer();
      await created('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'weir-system' } });
      for (const role of ['viewer', 'operator']) await createRole(role);
      await created(`${SYSTEM}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody' } });
      const ports = await findFreePorts(4);
      const [api = 0, listen, health, webhook] = ports;
      port = api;
      const places = { listen, api, health, webhook };
      const flags = Object.entries(places).flatMap(([flag, at]) => [`--${flag}`, `127.0.0.1:${at}`]);
      const words = ['control-plane', '--cluster', '--namespace', 'weir-system', '--pod', 'one', '--image', 'weir'];
      const env = { KUBECONFIG: server.kubeconfig };
      controlPlane = new Child([process.execPath, MAIN, ...words, ...flags], { env });
      const answers = async (): Promise<boolean> => (await ask('/summary', '').catch(() => undefined))?.status === 401;
      await waitFor(answers, { what: () => `the API\n${controlPlane.output}`, timeoutMs: 120_000 });
    });

    afterAll(async () => {
      await controlPlane[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    async function created(path: string, object: object): Promise<void> {
      expect(await server.call('POST', path, object)).toMatchObject({ status: 201 });
    }

    /** As the chart does. */
    async function createRole(role: string): Promise<void> {
      const name = `weir-${role}`;
      const rules: unknown = parse(readFileSync(`${RULES}${role}.yaml`, 'utf8'));
      const [apiVersion, metadata] = ['rbac.authorization.k8s.io/v1', { name }];
      await created(`${SYSTEM}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
      await created(`${RBAC}/clusterroles`, { apiVersion, kind: 'ClusterRole', metadata, rules });
      await created(`${RBAC}/namespaces/weir-system/rolebindings`, {
        ...{ apiVersion, kind: 'RoleBinding', metadata },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'weir-system' }],
      });
    }

    async function tokenOf(account: string, audience?: string): Promise<string> {
      const { body } = await server.call('POST', `${SYSTEM}/serviceaccounts/${account}/token`, {
        ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
        spec: audience === undefined ? {} : { audiences: [audience] },
      });
      return (body as { readonly status: { readonly token: string } }).status.token;
    }

    const ask = (path: string, token: string, method = 'GET'): Promise<RawResponse> =>
      request({ port }, `/api/v1${path}`, {
        method,
        host: '127.0.0.1',
        headers: { Authorization: `Bearer ${token}`, Connection: 'close', 'Content-Type': 'application/json' },
        ...(method === 'GET' ? {} : { body: '{}' }),
      });

    async function run(...words: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
      // Without helm, which would look for a release.
      const env = { KUBECONFIG: server.kubeconfig, PATH: '/nowhere' };
      await using child = new Child([process.execPath, MAIN, ...words], { env });
      const { code } = await child.exited;
      return { code, output: child.output };
    }

    it('is told by weir check whether the cluster is fit for an installation', async () => {
      const { code, output } = await run('check', '--cluster');
      expect(output).toContain('the Gateway API is not installed');
      expect(output).toContain('✓ you may install Weir');
      expect(output).toContain('Weir is not installed in namespace weir-system');
      expect(code).toBe(1);
    });

    it('reads what there is, as weir routes does, and says where there is no control plane', async () => {
      expect(await run('routes', '--cluster')).toMatchObject({
        code: 0,
        output: expect.stringContaining('no routes') as unknown,
      });
      const missing = await run('status', '--cluster', '--namespace', 'default');
      expect(missing).toMatchObject({
        code: 69,
        output: expect.stringContaining('there is no control plane in namespace default') as unknown,
      });
    });

    it('is taken out by weir uninstall, with what was made for Gateways and nothing else', async () => {
      const webhook = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
      const configuration = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' };
      const webhooks = ['weir-injection', 'weir-rollouts'];
      for (const name of webhooks) await created(webhook, { ...configuration, metadata: { name } });
      const deployments = '/apis/apps/v1/namespaces/weir-system/deployments';
      await created(deployments, deploymentOf('weir-control-plane'));
      const [services, ports] = ['/api/v1/namespaces/default/services', [{ port: 80 }]];
      const service = (name: string, labels: object): object => ({
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, labels }, spec: { ports } },
      });
      const ours = { 'app.kubernetes.io/managed-by': 'weir' };
      await created(services, service('edge-weir', { ...ours, 'gateway.networking.k8s.io/gateway-name': 'edge' }));
      // A label that anybody may write.
      await created(services, service('other', ours));

      expect((await run('uninstall')).output).toContain('nothing depends on Weir');
      expect(await server.call('GET', `${webhook}/weir-injection`)).toMatchObject({ status: 200 });
      const { code, output } = await run('uninstall', '--yes', '--timeout', '10s');
      // The roots of the mesh are among them, of each namespace for which they were made by then.
      expect(output).toMatch(/[1-3] objects that Weir made are removed/);
      expect(output).toContain('all that is left is the release: helm uninstall weir --namespace weir-system --wait');
      expect(code).toBe(0);
      for (const name of webhooks) expect(await server.call('GET', `${webhook}/${name}`)).toMatchObject({ status: 404 });
      expect(await server.call('GET', `${deployments}/weir-control-plane`)).toMatchObject({ body: { spec: { replicas: 0 } } });
      expect(await server.call('GET', `${services}/edge-weir`)).toMatchObject({ status: 404 });
      expect(await server.call('GET', `${services}/other`)).toMatchObject({ status: 200 });
    });

    it('is not removed while pods have sidecars', async () => {
      expect(await run('uninstall', '--guard')).toMatchObject({ code: 0 });
      const labels = { 'weir.dev/injected': 'true' };
      const spec = { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app' }] };
      const pods = '/api/v1/namespaces/default/pods';
      await created(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'cart', labels }, spec });
      const { code, output } = await run('uninstall', '--guard');
      expect(output).toContain('1 pods have sidecars, which would stop working: weir uninstall takes them out first');
      expect(code).toBe(1);
    });

    it('is a viewer who may get, and looks at everything', async () => {
      const token = await tokenOf('weir-viewer', 'weir-api');
      expect(await ask('/summary', token)).toMatchObject({ status: 200 });
      const refused = await ask('/identity/rotation', token, 'DELETE');
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text)).toMatchObject({
        detail:
          'DELETE /identity/rotation needs the right rotate, which system:serviceaccount:weir-system:weir-viewer does not have: it is update on controlplanes.weir.dev in namespace weir-system, and the ClusterRole weir-operator gives it',
      });
    });

    it('is an operator who may update', async () => {
      const token = await tokenOf('weir-operator', 'weir-api');
      expect(await ask('/summary', token)).toMatchObject({ status: 200 });
      expect(await ask('/identity/rotation', token, 'DELETE')).toMatchObject({ status: 200 });
    });

    it('steers Rollouts of the namespaces that let him, by the verbs that they give', async () => {
      const [apiVersion, metadata] = ['rbac.authorization.k8s.io/v1', { name: 'weir-rollouts' }];
      const rules: unknown = parse(readFileSync(`${RULES}rollouts.yaml`, 'utf8'));
      await created('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
      await created(`${RBAC}/clusterroles`, { apiVersion, kind: 'ClusterRole', metadata, rules });
      await created(`${RBAC}/namespaces/shop/roles`, {
        ...{ apiVersion, kind: 'Role', metadata: { name: 'pauses' } },
        rules: [{ apiGroups: ['weir.dev'], resources: ['rollouts'], resourceNames: ['cart'], verbs: ['pause'] }],
      });
      const bind = async (account: string, kind: string, name: string): Promise<string> => {
        await created(`${SYSTEM}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } });
        await created(`${RBAC}/namespaces/shop/rolebindings`, {
          ...{ apiVersion, kind: 'RoleBinding', metadata: { name: account } },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
          subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'weir-system' }],
        });
        return tokenOf(account, 'weir-api');
      };
      const steers = await bind('steers', 'ClusterRole', 'weir-rollouts');
      const pauses = await bind('pauses', 'Role', 'pauses');
      const isLetIn = async (rollout: string, verb: string, token: string): Promise<boolean> =>
        (await ask(`/rollouts/${rollout}/${verb}`, token, 'POST')).status !== 403;
      // There is no such Rollout: who is let in is told so.
      for (const verb of ['promote', 'pause', 'resume', 'abort', 'retry', 'undo']) {
        expect([verb, await isLetIn('shop/cart', verb, steers)]).toEqual([verb, true]);
      }
      expect(await isLetIn('default/cart', 'promote', steers)).toBe(false);
      expect(await isLetIn('shop/cart', 'pause', pauses)).toBe(true);
      expect(await isLetIn('shop/cart', 'promote', pauses)).toBe(false);
      expect(await isLetIn('shop/pay', 'pause', pauses)).toBe(false);
      const operator = await tokenOf('weir-operator', 'weir-api');
      const refused = await ask('/rollouts/shop/cart/promote', operator, 'POST');
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text)).toMatchObject({
        detail: expect.stringContaining(
          'it is promote on rollouts.weir.dev in namespace shop, and the ClusterRole weir-rollouts gives it where it is bound',
        ) as unknown,
      });
    });

    it('may show the token that the API server itself takes', async () => {
      expect(await ask('/summary', await tokenOf('weir-viewer'))).toMatchObject({ status: 200 });
    });

    it('is not a proxy, whose token is for something else', async () => {
      expect(await ask('/summary', await tokenOf('weir-operator', 'weir'))).toMatchObject({ status: 401 });
    });

    it('is not who has no right', async () => {
      expect(await ask('/summary', await tokenOf('nobody', 'weir-api'))).toMatchObject({ status: 403 });
    });

    it('is not who shows anything else', async () => {
      const refused = await ask('/summary', 'made-up');
      expect(refused.status).toBe(401);
      expect(refused.text).toContain('kubectl create token weir-viewer -n weir-system --audience weir-api');
    });
  },
);
