// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets, parseShortName } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { createDirectorySource, rolloutWithSplit } from '@weir/policy/documents';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { RolloutState } from '@weir/rollouts';
import { indexRoot, nameRoot } from '@weir/sync/messages';
import { cartRouteYaml, cartServiceYaml, createTempDirectory, waitFor } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectReplica } from '../cluster/connect-replica.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { LoadedDocuments, OpenSource } from '../control-plane-options.ts';
import { createControlPlane } from '../create-control-plane.ts';
import { serveControlPlane } from '../serve-control-plane.ts';
import { TestProxy } from '../test-proxy.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };
const CART = 'HTTPRoute/shop/cart';
const ROLLOUT_YAML = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { services: { stable: cart, candidate: cart-next } }
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } }
`;

interface Replica {
  readonly controlPlane: ControlPlane;
  readonly port: number;
  stop(): Promise<void>;
}

let config: TempDirectory;
let shared: SecretStore;
let replicas: Map<string, Replica>;
let notes: string[];
/** How much later than by the system's clock it is. */
let laterMs: number;
/** Of Rollouts, by `namespace/name`, and who is told that one has changed, as a cluster tells it. */
let states: Map<string, RolloutState>;
let onState: (() => void)[];
let cleanups: AsyncDisposableStack;

beforeEach(async () => {
  cleanups = new AsyncDisposableStack();
  config = cleanups.use(await createTempDirectory());
  [shared, replicas, notes, laterMs] = [createSharedSecrets(), new Map(), [], 0];
  [states, onState] = [new Map(), []];
  await config.write('service.yaml', cartServiceYaml({ address: '127.0.0.7', port: 9000 }));
  await config.write('route.yaml', cartRouteYaml('/cart'));
});
afterEach(() => cleanups.disposeAsync());

/** As several processes share it: one change at a time. */
function createSharedSecrets(): SecretStore {
  const secrets = createMemorySecrets();
  let last: Promise<unknown> = Promise.resolve();
  const transact = <Value>(work: (draft: SecretStore) => Promise<Value>): Promise<Value> => {
    const next = last.then(() => work(secrets));
    last = next.catch(() => undefined);
    return next;
  };
  return { ...secrets, transact };
}

const rolloutStore = {
  load: () => Promise.resolve(new Map(states)),
  save: (key: string, state: RolloutState | undefined) => {
    if (state === undefined) states.delete(key);
    else states.set(key, state);
    for (const tell of onState) setImmediate(tell);
    return Promise.resolve();
  },
};

/** Files, with what is in force of their Rollouts. */
const openSource: OpenSource = async ({ onChange }) => {
  const whole = (content: LoadedDocuments): LoadedDocuments => {
    const documents = new Map(content.documents);
    for (const [key, document] of documents) {
      if (document.kind !== 'Rollout') continue;
      documents.set(key, rolloutWithSplit(document, states.get(`${document.namespace}/${document.name}`)?.split));
    }
    return { ...content, documents };
  };
  const source = await createDirectorySource(config.path, {
    clock: systemClock,
    onChange: content => onChange(whole(content)),
  });
  onState.push(() => onChange(whole(source.content)));
  return { content: whole(source.content), close: () => source.close() };
};

/** The others are found by what this test started, by the ports where they are. */
async function startReplica(name: string, { isAlone = false } = {}): Promise<Replica> {
  await using closing = new AsyncDisposableStack();
  const onEvent = (event: { readonly kind: string; readonly text?: string }): void => void notes.push(`${name}: ${event.text}`);
  const random = createSystemRandom();
  const { controlPlane } = await createControlPlane({
    ...{ clock: { ...systemClock, nowMs: () => systemClock.nowMs() + laterMs }, random, secrets: shared },
    ...{ trustDomain: undefined, leafLifetimeMs: undefined, onEvent },
    ...{ defaultAddresses: ['127.0.0.1'], allowsPartial: false, epoch: 1, isLeading: () => name === 'red' },
    replicas: isAlone
      ? undefined
      : {
          find: () =>
            [...replicas].flatMap(([other, { port }]) => (other === name ? [] : { name: other, address: String(port) })),
          connect: ({ address }, as) => connectReplica({ address: '127.0.0.1', port: Number(address) }, as),
        },
    ...{ openSource, rolloutStore },
  });
  closing.defer(() => controlPlane.close());
  const options = { listen: LOOPBACK, api: LOOPBACK, apiHostNames: [], apiTls: undefined, onEvent };
  const served = closing.use(
    await serveControlPlane(controlPlane, { options, random, secrets: shared, onRenewed: () => undefined }),
  );
  const running = cleanups.use(closing.move());
  const replica = { controlPlane, port: served.port, stop: () => running.disposeAsync() };
  replicas.set(name, replica);
  return replica;
}

async function joinTextFrom({ controlPlane }: Replica): Promise<string> {
  const id = parseShortName('shop/cart', 'weir.local');
  if (!id.isValid) throw new Error(id.reason);
  return (await controlPlane.issueJoinText({ identity: id.value, addresses: ['127.0.0.7'], ttlMs: 60_000 })).joinText;
}

function createProxy({ controlPlane, port }: Replica, name: string, joinText: string): TestProxy {
  const rootPem = controlPlane.authority.bundle().rootsPem;
  const roots = [indexRoot('meshService'), indexRoot('meshSettings'), nameRoot(MESH_TRUST)];
  return cleanups.use(new TestProxy({ ...{ port, identity: 'shop/cart', joinText, rootPem, roots, name } }));
}

async function startProxy(replica: Replica, name: string, givenText?: string): Promise<TestProxy> {
  const proxy = createProxy(replica, name, givenText ?? (await joinTextFrom(replica)));
  await proxy.start();
  await waitFor(() => proxy.client.isConnected, { what: () => `${name} to be connected: ${proxy.ends.join('; ')}` });
  expect((await proxy.client.need(nameRoot('mesh/shop/cart'), 5_000)).kind).toBe('present');
  return proxy;
}

async function programmedAt(replica: Replica): Promise<object> {
  const [report] = await replica.controlPlane.reports([CART]);
  return report?.programmed ?? {};
}

function comesTo(replica: Replica, form: object): Promise<unknown> {
  let last: object = {};
  const isSo = async (): Promise<boolean> => {
    last = await programmedAt(replica);
    expect(last).toMatchObject(form);
    return true;
  };
  return waitFor(isSo, {
    what: () => `${JSON.stringify(form)} at last ${JSON.stringify(last)}\n${notes.join('\n')}`,
    timeoutMs: 10_000,
  });
}

it('count the proxies of all, whichever is asked, and say who refuses at another one', async () => {
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  const [, bad] = [await startProxy(red, 'one'), await startProxy(blue, 'two')];
  // What was there before the second proxy may have arrived without it.
  await config.write('route.yaml', cartRouteYaml('/second'));
  for (const replica of [red, blue]) await comesTo(replica, { status: 'true', of: 2, acked: 2 });
  bad.refuses = '/other';
  await config.write('route.yaml', cartRouteYaml('/other'));
  for (const replica of [red, blue]) await comesTo(replica, { status: 'false', of: 2, acked: 1, unheard: [] });
  bad.refuses = '';
  await config.write('route.yaml', cartRouteYaml('/third'));
  for (const replica of [red, blue]) await comesTo(replica, { status: 'true', of: 2, acked: 2 });
}, 30_000);

it('do not say that all have it while one of them does not answer, and tell whoever is told of news', async () => {
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  await startProxy(red, 'one');
  await comesTo(red, { status: 'true' });
  const heard: string[] = [];
  red.controlPlane.onHeard = keys => void heard.push(...keys);
  await blue.stop();
  await config.write('route.yaml', cartRouteYaml('/other'));
  await comesTo(red, { status: 'false', unheard: ['replica blue does not answer'] });
  expect(red.controlPlane.objects.isHeard(CART)).toBe(true);
  const { controlPlane, port } = await startReplica('green');
  replicas.set('blue', { controlPlane, port, stop: () => Promise.resolve() });
  await comesTo(red, { unheard: [expect.stringContaining('replica blue is gone') as unknown] });
  await waitFor(() => heard.includes(CART), { what: 'news of the route' });
}, 30_000);

it("take each other's join tokens, each once for all of them", async () => {
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  const joinText = await joinTextFrom(red);
  await startProxy(blue, 'one', joinText);
  const again = createProxy(red, 'two', joinText);
  void again.start();
  await waitFor(() => again.failures.some(text => text.includes('was used on')), { what: () => again.failures.join('\n') });
}, 30_000);

it("rotate the root as soon as the proxies of all have followed, and know of each other's leaves", async () => {
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  await startProxy(red, 'one');
  const two = await startProxy(blue, 'two');
  laterMs = 2 * 86_400_000;
  const { rotation, authority } = red.controlPlane;
  await rotation.rotate({ isForced: false });
  // In a cluster the watch of Secrets tells it.
  const follows = setInterval(() => void blue.controlPlane.followStore(), 100);
  cleanups.defer(() => clearInterval(follows));
  await waitFor(() => authority.status().phase === 'Stable', {
    what: () => `${authority.status().phase}: ${rotation.view().waitingFor.join('\n')}\n${notes.join('\n')}`,
    timeoutMs: 30_000,
  });
  expect(two.keeper.leaf()?.root).toBe(authority.bundle().issuingRoot);
  await config.write('route.yaml', cartRouteYaml('/other'));
  await comesTo(red, { status: 'true', of: 2 });
}, 60_000);

it('say of Rollouts what the one says that drives them, and ask it for what people want', async () => {
  await config.write('rollout.yaml', ROLLOUT_YAML);
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  const rollouts = blue.controlPlane.leadingRollouts;
  const wish = { rollout: 'shop/cart', id: 'one', verb: 'retry', isFull: false, by: 'ada' } as const;
  await expect(rollouts.views()).rejects.toMatchObject({ status: 503, code: 'nobody-leads' });
  await expect(rollouts.request(wish)).rejects.toMatchObject({ status: 503 });
  await red.controlPlane.rollouts.open();
  red.controlPlane.rollouts.start();
  expect(await rollouts.views()).toMatchObject([{ namespace: 'shop', name: 'cart', strategy: 'canary' }]);
  expect(await rollouts.view('shop/other')).toBeUndefined();
  expect(await rollouts.request({ ...wish, rollout: 'shop/other' })).toEqual({ isKnown: false });
  expect(await rollouts.request(wish)).toMatchObject({ isKnown: true, isAccepted: false, answer: expect.any(String) as unknown });
  expect(red.controlPlane.rollouts.view('shop/cart')?.state?.lastRequest).toMatchObject({ verb: 'retry', by: 'ada' });
  await red.stop();
  await expect(rollouts.views()).rejects.toThrow('replica red does not answer');
}, 30_000);

/** A Rollout of two Services. */
async function writeRollout(): Promise<void> {
  for (const [index, name] of ['cart-v1', 'cart-v2'].entries()) {
    const yaml = cartServiceYaml({ address: `127.0.0.${8 + index}`, port: 9000 });
    await config.write(`${name}.yaml`, yaml.replaceAll(': cart', `: ${name}`).replace('10.96.0.7', `10.96.0.${8 + index}`));
  }
  await config.write(
    'rollout.yaml',
    ROLLOUT_YAML.replace('stable: cart, candidate: cart-next', 'stable: cart-v1, candidate: cart-v2'),
  );
}

const state = (): RolloutState | undefined => states.get('shop/cart');

/** Has a replica drive it, until all proxies of all have its first share. */
async function isDivided({ controlPlane: { rollouts } }: Replica): Promise<void> {
  await rollouts.open();
  rollouts.start();
  await waitFor(() => state()?.waitingFor === 'Person', {
    what: () => `20 % everywhere: ${JSON.stringify(state())}\n${notes.join('\n')}`,
    timeoutMs: 20_000,
  });
}

it('hear of what the proxies of all see of a split, whichever of them drives its Rollout', async () => {
  await writeRollout();
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  const proxies = [await startProxy(red, 'one'), await startProxy(blue, 'two')];
  const { rollouts } = red.controlPlane;
  await isDivided(red);
  expect(state()?.proxies).toMatchObject({ acked: 2, of: 2 });
  const step = state()?.split?.step ?? '';
  const place = { rollout: 'shop/cart', step, backend: 'shop/cart:80' };
  const counts = [
    { ...place, route: '', revision: 'cart-v2', succeeded: 3, failed: 1, statuses: [0, 3, 0, 0, 1], latencies: [] },
  ];
  const stands = [{ ...place, stableInFlight: 0, candidateInFlight: 0, blown: undefined }];
  for (const { client } of proxies) client.reportSplits({ counts, states: stands });
  const seen = () => rollouts.view('shop/cart')?.seen;
  const requests = (): number => (seen()?.edge.candidate.requests ?? 0) + (seen()?.mesh.candidate.requests ?? 0);
  await waitFor(() => requests() === 8, { what: () => `what both saw: ${JSON.stringify(seen())}`, timeoutMs: 10_000 });
  expect(red.controlPlane.hearsAllSplits).toBe(true);
  // A fuse that has blown anywhere takes the new revision out everywhere.
  proxies[1]?.client.reportSplits({
    counts: [],
    states: [{ ...place, stableInFlight: 0, candidateInFlight: 0, blown: 'all failed' }],
  });
  await waitFor(() => state()?.phase === 'Aborted', { what: () => JSON.stringify(state()), timeoutMs: 10_000 });
  expect(state()?.aborted?.reason).toContain('shop/cart/two');
}, 60_000);

it('tell each other what their proxies see of splits, from where it was read to', async () => {
  await writeRollout();
  const [red, blue] = [await startReplica('red'), await startReplica('blue')];
  const two = await startProxy(blue, 'two');
  await isDivided(red);
  const place = { rollout: 'shop/cart', step: state()?.split?.step ?? '', backend: 'shop/cart:80' };
  const counted = (succeeded: number) => ({
    ...{ ...place, route: '', revision: 'v2', succeeded, failed: 1 },
    ...{ statuses: [0, succeeded, 0, 0, 1], latencies: [[10, succeeded]] as const },
  });
  const stands = [{ ...place, stableInFlight: 1, candidateInFlight: 2, blown: undefined }];
  const link = connectReplica(
    { address: '127.0.0.1', port: blue.port },
    { trustDomain: 'weir.local', tls: () => red.controlPlane.server.clientTls() },
  );
  cleanups.defer(() => link.close());
  const read = async (position: number, instance: string) => {
    const told = await link.splits({ instance, position }, AbortSignal.timeout(5_000));
    if (told === undefined) throw new Error('it does not know the question');
    return told;
  };
  const told = async (count: number) => {
    const isTold = async (): Promise<boolean> => (await read(0, '')).reports.length === count;
    await waitFor(isTold, { what: () => `${count} reports` });
    return read(0, '');
  };
  expect(two.client.reportSplits({ counts: [counted(3)], states: stands })).toBe(true);
  const first = await told(1);
  expect(first).toMatchObject({ position: 1, isPartial: false, proxies: ['shop/cart/two'] });
  expect(first.reports).toEqual([{ proxy: 'shop/cart/two', report: { counts: [counted(3)], states: stands } }]);
  two.client.reportSplits({ counts: [counted(4)], states: [] });
  await told(2);
  const { reports } = await read(first.position, first.instance);
  expect(reports.map(({ report }) => report.counts[0]?.succeeded)).toEqual([4]);
}, 30_000);

it('are not at fault where they are of a version that does not know the question', async () => {
  const [red, old] = [await startReplica('red'), await startReplica('old', { isAlone: true })];
  const link = connectReplica(
    { address: '127.0.0.1', port: old.port },
    { trustDomain: 'weir.local', tls: () => red.controlPlane.server.clientTls() },
  );
  cleanups.defer(() => link.close());
  const signal = AbortSignal.timeout(10_000);
  expect(await link.splits({ instance: '', position: 0 }, signal)).toBeUndefined();
  expect(await link.rollouts(undefined, signal)).toBeUndefined();
}, 30_000);

it('tell nobody but control planes', async () => {
  const red = await startReplica('red');
  const proxy = await startProxy(red, 'one');
  const { cert, key, ca } = proxy.mutualTls() as { readonly cert: string; readonly key: string; readonly ca: string };
  const place = { address: '127.0.0.1', port: red.port };
  const link = connectReplica(place, { trustDomain: 'weir.local', tls: () => ({ cert, key, ca }) });
  const signal = AbortSignal.timeout(10_000);
  const wish = { rollout: 'shop/cart', id: 'one', verb: 'abort', isFull: false, by: 'operator' } as const;
  for (const call of [
    () => link.acks([], signal),
    () => link.splits({ instance: '', position: 0 }, signal),
    () => link.rollouts(undefined, signal),
    () => link.requestRollout(wish, signal),
  ]) {
    await expect(call()).rejects.toThrow('this is for control planes of the mesh');
  }
  link.close();
});
