// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { ApiConnection, ClusterWriter, ROLLOUTS_MANAGER, StatusWriter } from '@weir/kubernetes';
import type { WrittenStatus } from '@weir/kubernetes';
import { initialState } from '@weir/rollouts';
import type { RolloutState } from '@weir/rollouts';
import { hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ClusterRolloutStore } from './cluster-rollout-store.ts';

const DEFINITION = join(import.meta.dirname, '../../../../../charts/weir/crds/rollouts.yaml');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ROLLOUTS = '/apis/weir.dev/v1alpha1/namespaces/default/rollouts';
const AT_MS = Date.UTC(2026, 0, 1, 0, 0, 0, 123);
const SPEC = {
  targetRef: { name: 'cart' },
  revisions: { services: { stable: 'v1', candidate: 'v2' } },
  strategy: { canary: { steps: [{ weight: 5 }] } },
};

/** With all that a state can have. */
const WHOLE: RolloutState = {
  ...{ phase: 'Progressing', waitingFor: 'AbsentProxies', message: 'p1 has not taken this.', stable: 'v1', candidate: 'v2@7' },
  split: {
    ...{ step: '3-a', stable: 'v1', candidate: 'v2@7', candidateShare: 500, mirrorShare: 100, isStableForgotten: true },
    matches: [{ hosts: ['next.shop.example'] }, { headers: [{ name: 'x-beta', values: ['1'] }] }],
  },
  step: {
    ...{ id: '3-a', index: 1, of: 2, words: '5 % of the requests', isEnded: true },
    ...{ requestedAtMs: AT_MS, arrivedAtMs: AT_MS + 1 },
  },
  proxies: { acked: 1, of: 3, late: ['shop/cart/p1'], more: 1 },
  progress: { fromMs: AT_MS, haltedAtMs: AT_MS + 2 },
  paused: { by: 'ada', atMs: AT_MS, isWritten: true },
  aborted: { revision: 'v0', reason: 'errors', by: 'weir', atMs: AT_MS },
  completed: { revision: 'v1', former: 'v0', atMs: AT_MS },
  gates: { id: 'g', index: 1, waiting: ['review'] },
  ...{ isFull: true, openGates: true, plan: 'abc', sequence: 3 },
  lastRequest: { id: 'r', verb: 'pause', by: 'ada', atMs: AT_MS, isAccepted: true, answer: 'What is in force holds.' },
  conditions: [
    { type: 'Progressing', status: 'True', reason: 'Progressing', sinceMs: AT_MS },
    { type: 'Paused', status: 'True', reason: 'Written', sinceMs: AT_MS },
    { type: 'Stalled', status: 'False', reason: 'AbsentProxies', sinceMs: AT_MS },
  ],
};

const accepted = (message: string): WrittenStatus => ({
  conditions: [
    {
      ...{ type: 'Accepted', status: 'True', reason: 'Accepted', message },
      ...{ observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' },
    },
  ],
});

const why = 'skipped where etcd and kube-apiserver are not installed';
describe.skipIf(!hasApiServer())(`states of Rollouts in an API server (${why})`, () => {
  let server: TestApiServer;
  let connection: ApiConnection;
  const notes: string[] = [];

  beforeAll(async () => {
    server = await startApiServer();
    expect(await server.call('POST', CRDS, parse(readFileSync(DEFINITION, 'utf8')) as object)).toMatchObject({ status: 201 });
    await waitFor(async () => (await server.call('GET', ROLLOUTS)).status === 200, { what: 'Rollouts', timeoutMs: 60_000 });
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
  }, 180_000);

  afterAll(async () => {
    connection.close();
    await server[Symbol.asyncDispose]();
  });

  async function make(name: string): Promise<void> {
    const object = { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name }, spec: SPEC };
    expect(await server.call('POST', ROLLOUTS, object)).toMatchObject({ status: 201 });
  }

  /** Of one replica that takes itself for the leader. */
  function openStore() {
    const store = new ClusterRolloutStore({ reader: connection, writer: new ClusterWriter(connection, ROLLOUTS_MANAGER) });
    const [term, beaten] = [new AbortController(), new Array<string>()];
    store.lead({
      signal: term.signal,
      isLeading: () => true,
      documentOf: () => ({ generation: 1 }),
      onBeaten: key => void beaten.push(key),
    });
    return { store, term, beaten };
  }

  const statusOf = async (name: string): Promise<unknown> => {
    const { body } = await server.call('GET', `${ROLLOUTS}/${name}`);
    return (body as { readonly status?: unknown }).status;
  };
  const conditionsOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const { conditions = [] } = ((await statusOf(name)) ?? {}) as { readonly conditions?: readonly StatusCondition[] };
    return Object.fromEntries(conditions.map(({ type, message }) => [type, message]));
  };

  it('are read again with all that they had', async () => {
    await make('whole');
    const { store } = openStore();
    expect((await store.load()).has('default/whole')).toBe(false);
    await store.save('default/whole', WHOLE);
    expect((await openStore().store.load()).get('default/whole')).toEqual(WHOLE);
    expect(await statusOf('whole')).toMatchObject({ share: '5 %', step: { requestedAt: '2026-01-01T00:00:00.123Z' } });
  });

  it('are of one of two who write them', async () => {
    await make('two');
    const [first, second] = [openStore(), openStore()];
    await Promise.all([first.store.load(), second.store.load()]);
    const save = ({ store }: typeof first, sequence: number): Promise<void> =>
      store.save('default/two', { ...initialState(), sequence });
    await save(first, 1);
    await expect(save(second, 9)).rejects.toThrow('somebody else has written another state');
    await save(first, 2);
    expect([await statusOf('two'), first.beaten, second.beaten]).toMatchObject([{ sequence: 2 }, [], ['default/two']]);
    first.term.abort(new Error('the lease is over'));
    await expect(save(first, 3)).rejects.toThrow('the lease is over');
    await second.store.load();
    await save(second, 4);
    expect(await statusOf('two')).toMatchObject({ sequence: 4 });
  });

  it('stand beside what else is said of the same object', async () => {
    await make('beside');
    const { store } = openStore();
    await store.load();
    let wanted = accepted('first');
    const statuses = new StatusWriter({
      ...{ clock: systemClock, random: createSystemRandom(), reader: connection, writer: new ClusterWriter(connection) },
      source: { keys: () => ['Rollout/default/beside'], status: key => (key === 'Rollout/default/beside' ? wanted : undefined) },
      onNote: text => void notes.push(text),
    });
    const term = new AbortController();
    statuses.lead(term.signal);
    const tells = (message: string): Promise<unknown> =>
      waitFor(async () => (await conditionsOf('beside'))['Accepted'] === message, { what: () => `${message}: ${notes.join()}` });
    await tells('first');
    await store.save('default/beside', WHOLE);
    const { message } = WHOLE;
    expect(await conditionsOf('beside')).toEqual({ Accepted: 'first', Progressing: message, Paused: message, Stalled: '' });
    wanted = accepted('second');
    statuses.touch();
    await tells('second');
    await store.save('default/beside', { ...WHOLE, message: 'Goes on.', paused: undefined, aborted: undefined });
    expect(await conditionsOf('beside')).toEqual({
      Accepted: 'second',
      Progressing: 'Goes on.',
      Paused: 'Goes on.',
      Stalled: '',
    });
    expect(await statusOf('beside')).not.toHaveProperty('paused');
    await store.save('default/beside', undefined);
    expect([await conditionsOf('beside'), Object.keys((await statusOf('beside')) as object)]).toEqual([
      { Accepted: 'second' },
      ['conditions'],
    ]);
    term.abort();
    expect(notes).toEqual([]);
  }, 30_000);

  it('are of no account where the object is gone, or another one of its name', async () => {
    await make('gone');
    const { store, beaten } = openStore();
    await store.load();
    await store.save('default/gone', WHOLE);
    await server.call('DELETE', `${ROLLOUTS}/gone`);
    await store.save('default/gone', { ...WHOLE, sequence: 4 });
    await store.save('default/gone', undefined);
    await make('gone');
    await store.load();
    await store.save('default/gone', WHOLE);
    await server.call('DELETE', `${ROLLOUTS}/gone`);
    await make('gone');
    await expect(store.save('default/gone', { ...WHOLE, sequence: 4 })).rejects.toThrow('somebody else');
    expect([await statusOf('gone'), beaten]).toEqual([undefined, ['default/gone']]);
  });
});

interface StatusCondition {
  readonly type: string;
  readonly message: string;
}
