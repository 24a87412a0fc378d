// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import { createTestAuthority } from '@weir/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findClusterApis } from './open-cluster-api.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

const SYSTEM = '/api/v1/namespaces/weir-system';
const PLACE = { namespace: 'weir-system', role: 'viewer' } as const;

const pod = (name: string, isReady: boolean, waiting?: string): object => ({
  metadata: { name },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    containerStatuses: waiting === undefined ? [] : [{ state: { waiting: { reason: waiting } } }],
  },
});

let cluster: ScriptedCluster;
let rootPem: string;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  cluster.token = 'of-jane';
  rootPem = (await createTestAuthority('mesh')).certificatePem;
  cluster.objects.set(`${SYSTEM}/pods`, { items: [pod('one', true), pod('two', false), pod('three', true)] });
  cluster.objects.set(`${SYSTEM}/configmaps/weir-roots`, { data: { 'roots.pem': rootPem } });
});

describe('the way to the API of a control plane in a cluster', () => {
  it('leads to each replica that is ready, by its identity and with the user’s own token', async () => {
    const apis = await findClusterApis(cluster, PLACE);
    const mesh = { rootsPem: rootPem, identity: 'spiffe://weir.local/ns/weir-system/sa/control-plane' };
    expect(apis.map(({ connect: _, ...api }) => api)).toEqual(
      ['one', 'three'].map(name => ({
        ...{ mesh, token: 'of-jane', url: 'https://localhost:15011', name: `pod weir-system/${name}` },
      })),
    );
    expect(cluster.sent).toEqual([]);
  });

  it('takes a token of the role’s service account for who has only a certificate', async () => {
    cluster.token = undefined;
    const request = `POST ${SYSTEM}/serviceaccounts/weir-operator/token`;
    cluster.answers.set(request, { status: { token: 'made' } });
    const [api] = await findClusterApis(cluster, { ...PLACE, role: 'operator' });
    expect(api.token).toBe('made');
    const spec = { audiences: ['weir-api'], expirationSeconds: 600 };
    expect(cluster.sent).toEqual([{ request, body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec } }]);
  });

  it('believes the roots of the state where no ConfigMap has them yet, and not those of the webhooks', async () => {
    const other = (await createTestAuthority('webhooks')).certificatePem;
    const data = { '0123456789abcdef.issuer.pem': rootPem, 'webhook-authority.json': other };
    const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')] as const);
    cluster.objects.delete(`${SYSTEM}/configmaps/weir-roots`);
    cluster.objects.set(`${SYSTEM}/secrets/weir-state`, { data: Object.fromEntries(encoded) });
    const [{ mesh }] = await findClusterApis(cluster, PLACE);
    expect(mesh?.rootsPem.trim()).toBe(rootPem.trim());
  });

  it.each([
    ['there is none', { items: [] }, 'there is no control plane in namespace weir-system: install Weir'],
    ['none is ready', { items: [pod('one', false, 'ImagePullBackOff')] }, 'is ready: one is ImagePullBackOff; kubectl -n'],
    [
      'one may not look',
      new ApiError(403, { reason: 'Forbidden', message: 'the API server answers 403: no' }),
      'answers 403: no',
    ],
    ['one is not known', new ApiError(401, { reason: '', message: 'the API server answers 401: who' }), 'renew the kubeconfig'],
    ['nobody answers', new Error('connect ECONNREFUSED'), 'the cluster is not reached: connect ECONNREFUSED'],
  ])('says what to do where %s', async (_, pods, message) => {
    cluster.objects.set(`${SYSTEM}/pods`, pods);
    await expect(findClusterApis(cluster, PLACE)).rejects.toThrow(message);
  });

  it('says that there is none, and not what follows from that, however late that is known', async () => {
    cluster.objects.set(`${SYSTEM}/pods`, { items: [] });
    cluster.objects.delete(`${SYSTEM}/configmaps/weir-roots`);
    const { promise: known, resolve: letKnow } = Promise.withResolvers<undefined>();
    vi.spyOn(cluster, 'read').mockImplementation(async path => {
      if (path.includes('/pods')) await known;
      return ScriptedCluster.prototype.read.call(cluster, path);
    });
    const found = findClusterApis(cluster, PLACE);
    await Promise.race([found.catch(() => undefined), new Promise(resolve => void setImmediate(resolve))]);
    letKnow(undefined);
    await expect(found).rejects.toThrow('there is no control plane in namespace weir-system');
  });

  it('says so where nobody says whom to believe, and where ports may not be forwarded', async () => {
    const [{ connect }] = await findClusterApis(cluster, PLACE);
    await expect(connect?.()).rejects.toThrow('you may not forward ports there; the ClusterRole weir-viewer gives the right');
    cluster.objects.delete(`${SYSTEM}/configmaps/weir-roots`);
    await expect(findClusterApis(cluster, PLACE)).rejects.toThrow('whom to believe to be the control plane is not known');
  });
});
