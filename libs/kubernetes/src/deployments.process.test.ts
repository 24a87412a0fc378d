// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { Child, hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiConnection } from './api/api-connection.ts';
import { DeploymentBook } from './deployments/deployment-book.ts';
import type { DeploymentFacts } from './deployments/deployment-facts.ts';
import { fieldsOf, listOf } from './status/plain-fields.ts';

const CONTROLLERS = 'kube-controller-manager';
const isPossible = hasApiServer() && spawnSync(CONTROLLERS, ['--version']).status === 0;
const why = 'skipped where etcd, kube-apiserver or kube-controller-manager are not installed';
const NAMESPACE = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CART = `${DEPLOYMENTS}/cart`;

function deployment(image: string): object {
  const labels = { app: 'cart' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } },
      template: { metadata: { labels }, spec: templateOf(image) },
    },
  };
}

function templateOf(image: string): object {
  return { containers: [{ name: 'app', image }] };
}

describe.skipIf(!isPossible)(`Deployments that Kubernetes acts on (${why})`, () => {
  let server: TestApiServer;
  let controllers: Child;
  let connection: ApiConnection;
  let book: DeploymentBook;
  /** Revisions that were present, in turn. */
  const present: string[] = [];

  beforeAll(async () => {
    server = await startApiServer();
    const only = '--controllers=deployment-controller,replicaset-controller';
    const quiet = ['--leader-elect=false', '--secure-port=0'];
    controllers = new Child([CONTROLLERS, `--kubeconfig=${server.kubeconfig}`, only, ...quiet]);
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
    const ports = { reader: connection, clock: systemClock, random: createSystemRandom() };
    book = new DeploymentBook({ ...ports, onNote: () => undefined });
    book.follow(['default']);
  }, 180_000);

  afterAll(async () => {
    book.follow([]);
    connection.close();
    await controllers[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const facts = (): DeploymentFacts | undefined => {
    const found = book.factsOf('default', 'cart');
    if (typeof found !== 'object') return undefined;
    if (found.current !== undefined && found.current !== present.at(-1)) present.push(found.current);
    return found;
  };
  const until = (what: string, holds: (found: DeploymentFacts) => boolean): Promise<DeploymentFacts> =>
    waitFor(
      () => {
        const found = facts();
        return found !== undefined && holds(found) ? found : undefined;
      },
      { what: () => `${what} in ${JSON.stringify(facts())}\n${controllers.output}`, timeoutMs: 30_000 },
    );
  /** As kubelet says it of all Pods. */
  const makeReady = async (): Promise<void> => {
    const { body } = await server.call('GET', `${NAMESPACE}/pods`);
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    for (const pod of listOf(fieldsOf(body)['items'])) {
      const { name } = fieldsOf(fieldsOf(pod)['metadata']);
      await server.call('PATCH', `${NAMESPACE}/pods/${String(name)}/status`, { status: { phase: 'Running', conditions } });
    }
  };

  it('have the revision of their template, how many Pods each revision is to have, and an end', async () => {
    await waitFor(() => book.factsOf('default', 'cart') === 'missing', { what: 'the namespace', timeoutMs: 30_000 });
    expect(await server.call('POST', DEPLOYMENTS, deployment('app:1'))).toMatchObject({ status: 201 });
    const first = await until('the first revision', ({ current }) => current !== undefined);
    expect(first).toMatchObject({ replicas: 2, maxSurge: 2, maxUnavailable: 0, isFinished: false, isPaused: false });
    expect(first.revisions).toEqual({ [first.current ?? '']: { number: 1, replicas: 2 } });
    await waitFor(async () => (await podCount()) === 2, { what: 'the Pods', timeoutMs: 30_000 });
    await makeReady();
    await until('the end of the first rollout', ({ isFinished }) => isFinished);
  });

  it('go from revision to revision, and back, without a word of one that is not present', async () => {
    const [first = ''] = present;
    await server.call('PATCH', CART, { spec: { template: { spec: templateOf('app:2') } } });
    const next = await until('the second revision', ({ current }) => current !== undefined && current !== first);
    expect(next.isFinished).toBe(false);
    const second = next.current ?? '';
    const surged = await until('new Pods beside all former ones', ({ revisions }) => revisions[second]?.replicas === 2);
    expect(surged.revisions).toEqual({ [first]: { number: 1, replicas: 2 }, [second]: { number: 2, replicas: 2 } });
    await server.call('PATCH', CART, { spec: { template: { spec: templateOf('app:1') } } });
    const back = await until('the first revision again', ({ current, isFinished }) => current === first && isFinished);
    expect(back.revisions).toEqual({ [first]: { number: 3, replicas: 2 }, [second]: { number: 2, replicas: 0 } });
    expect(present).toEqual([first, second, first]);
  });

  it('are paused, and gone', async () => {
    await server.call('PATCH', CART, { spec: { paused: true } });
    await until('the pause', ({ isPaused }) => isPaused);
    await server.call('DELETE', CART);
    await waitFor(() => book.factsOf('default', 'cart') === 'missing', { what: 'its end', timeoutMs: 30_000 });
  });

  async function podCount(): Promise<number> {
    return listOf(fieldsOf((await server.call('GET', `${NAMESPACE}/pods`)).body)['items']).length;
  }
});
