// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import { describe, expect, it } from 'vitest';
import { retryRefused } from './retry-refused.ts';

type Fields = Readonly<Record<string, unknown>>;

const MESSAGE = 'Error creating: Internal error occurred: failed calling webhook "injection.weir.dev": connection refused';
const EVENTS = '/api/v1/events?fieldSelector=reason%3DFailedCreate%2Ctype%3DWarning&limit=500';

const event = (kind: string, name: string, fields: Fields = {}): Fields => ({
  metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
  involvedObject: { kind, namespace: 'shop', name },
  ...{ message: MESSAGE, lastTimestamp: '2026-01-01T00:00:09Z', eventTime: null },
  ...fields,
});

class Cluster {
  readonly patches: { readonly path: string; readonly body: unknown }[] = [];
  private readonly answers: Map<string, Fields>;

  constructor(answers: Readonly<Record<string, Fields>>) {
    this.answers = new Map(Object.entries(answers));
  }

  readonly ask: ApiConnection['ask'] = ({ method, path, body = '' }) => {
    const found = this.answers.get(path);
    if (found === undefined) return Promise.reject(new ApiError(404, { reason: 'NotFound', message: path }));
    if (method === 'PATCH') this.patches.push({ path, body: JSON.parse(body) });
    return Promise.resolve(JSON.stringify(found));
  };
}

const retry = (cluster: Cluster): ReturnType<typeof retryRefused> =>
  retryRefused({ connection: cluster, webhooks: ['injection.weir.dev', 'rollouts.weir.dev'], signal: AbortSignal.any([]) });

const woken = async (cluster: Cluster): Promise<readonly string[]> => (await retry(cluster)).woken;

const one = (kind: string, path: string, workload: Fields): Cluster =>
  new Cluster({ [EVENTS]: { items: [event(kind, 'x')] }, [`/apis/${path}/x`]: { metadata: {}, ...workload } });

describe('a workload whose Pods were refused', () => {
  it('is woken once for each refusal, and its template stays', async () => {
    const path = '/apis/apps/v1/namespaces/shop/replicasets/cart';
    const events = [event('ReplicaSet', 'cart', { lastTimestamp: '2026-01-01T00:00:01Z' }), event('ReplicaSet', 'cart')];
    const cluster = new Cluster({
      [EVENTS]: { items: events },
      [path]: { metadata: {}, spec: { replicas: 2 }, status: { replicas: 1 } },
    });
    expect(await woken(cluster)).toEqual(['ReplicaSet shop/cart']);
    const annotations = { 'weir.dev/retried-after': '2026-01-01T00:00:09Z' };
    expect(cluster.patches).toEqual([{ path, body: { metadata: { annotations } } }]);
    const again = new Cluster({ [EVENTS]: { items: events }, [path]: { metadata: { annotations }, spec: { replicas: 2 } } });
    expect(await woken(again)).toEqual([]);
  });

  it.each([
    ['StatefulSet', 'apps/v1/namespaces/shop/statefulsets', { spec: {}, status: {} }],
    ['DaemonSet', 'apps/v1/namespaces/shop/daemonsets', { status: { desiredNumberScheduled: 2, currentNumberScheduled: 1 } }],
    ['Job', 'batch/v1/namespaces/shop/jobs', { spec: {} }],
  ])('is woken also as a %s', async (kind, path, workload) => {
    expect(await woken(one(kind, path, workload))).toEqual([`${kind} shop/x`]);
  });

  it.each([
    ['ReplicaSet', 'apps/v1/namespaces/shop/replicasets', { spec: { replicas: 1 }, status: { replicas: 1 } }],
    ['DaemonSet', 'apps/v1/namespaces/shop/daemonsets', {}],
    ['Job', 'batch/v1/namespaces/shop/jobs', { spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } }],
    ['Job', 'batch/v1/namespaces/shop/jobs', { spec: { suspend: true } }],
    ['Job', 'batch/v1/namespaces/shop/jobs', { spec: {}, status: { active: 1 } }],
    ['Pod', 'v1/namespaces/shop/pods', {}],
  ])('is left alone where it lacks none: %s %s %j', async (kind, path, workload) => {
    expect(await woken(one(kind, path, workload))).toEqual([]);
  });
});

it('passes over refusals in words, other webhooks, and what is gone', async () => {
  const items = [
    event('ReplicaSet', 'a', { message: 'admission webhook "injection.weir.dev" denied the request: weir: …' }),
    event('ReplicaSet', 'b', { message: 'failed calling webhook "other": …' }),
    event('ReplicaSet', 'gone'),
  ];
  expect(await woken(new Cluster({ [EVENTS]: { items } }))).toEqual([]);
});

it('reads events to their end', async () => {
  const path = '/apis/apps/v1/namespaces/shop/replicasets/cart';
  const cluster = new Cluster({
    [EVENTS]: { metadata: { continue: 'n' }, items: null },
    [`${EVENTS}&continue=n`]: { items: [event('ReplicaSet', 'cart', { lastTimestamp: null })] },
    [path]: { metadata: {}, spec: {} },
  });
  expect(await woken(cluster)).toEqual(['ReplicaSet shop/cart']);
  expect(cluster.patches).toMatchObject([
    { body: { metadata: { annotations: { 'weir.dev/retried-after': '2026-01-01T00:00:00Z' } } } },
  ]);
});

it('wakes the others where one cannot be woken, or an event cannot be read', async () => {
  const path = '/apis/apps/v1/namespaces/shop/replicasets';
  const cluster = new Cluster({
    [EVENTS]: { items: [{ metadata: {} }, event('ReplicaSet', 'odd'), event('ReplicaSet', 'cart')] },
    [`${path}/odd`]: { metadata: { annotations: 7 } },
    [`${path}/cart`]: { metadata: {}, spec: { replicas: 1 }, status: {} },
  });
  const { woken: names, failures } = await retry(cluster);
  expect([names, failures.length]).toEqual([['ReplicaSet shop/cart'], 1]);
  expect(failures[0]).toContain('ReplicaSet shop/odd: ');
});
