// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createSigningRequest } from '@weir/identity';
import { MESH_TRUST } from '@weir/policy/snapshot';
import { addressRoot, indexRoot, nameRoot } from '@weir/sync/messages';
import type { Root } from '@weir/sync/messages';
import { cartRouteYaml, cartServiceYaml, createTempDirectory, createTestAuthority, waitFor } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlPlaneEvent, RunningControlPlane, StartOptions } from './index.ts';
import { startControlPlane } from './index.ts';
import { certifyOver, TestProxy } from './test-proxy.ts';
import type { TestProxyOptions } from './test-proxy.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };
const CART = '127.0.0.7';
const SIDECAR_ROOTS: readonly Root[] = [indexRoot('meshService'), indexRoot('meshSettings'), nameRoot(MESH_TRUST)];

let config: TempDirectory;
let state: TempDirectory;
let events: ControlPlaneEvent[];
let cleanups: AsyncDisposableStack;

beforeEach(async () => {
  cleanups = new AsyncDisposableStack();
  config = cleanups.use(await createTempDirectory());
  state = cleanups.use(await createTempDirectory());
  events = [];
  await config.write('service.yaml', cartServiceYaml({ address: CART, port: 9000 }));
  await config.write('route.yaml', cartRouteYaml('/cart'));
});
afterEach(() => cleanups.disposeAsync());

async function start(options: Partial<StartOptions> = {}): Promise<RunningControlPlane> {
  const running = await startControlPlane({
    directory: config.path,
    stateDirectory: join(state.path, 'state'),
    listen: LOOPBACK,
    api: LOOPBACK,
    apiHostNames: [],
    apiTls: undefined,
    trustDomain: undefined,
    leafLifetimeMs: undefined,
    bindAddress: '127.0.0.1',
    allowsPartial: false,
    onEvent: event => void events.push(event),
    ...options,
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await running.stop();
    isStopped = true;
  };
  cleanups.defer(stop);
  return { ...running, stop };
}

async function joinTextFor(running: RunningControlPlane, identity = 'cart', ttlMs = 60_000): Promise<string> {
  const id = { trustDomain: 'weir.local', namespace: 'shop', name: identity };
  return (await running.controlPlane.issueJoinText({ identity: id, addresses: [CART], ttlMs })).joinText;
}

async function createProxy(running: RunningControlPlane, options: Partial<TestProxyOptions> = {}): Promise<TestProxy> {
  return cleanups.use(
    new TestProxy({
      port: running.listen.port,
      identity: 'shop/cart',
      joinText: await joinTextFor(running),
      rootPem: running.controlPlane.authority.bundle().rootsPem,
      roots: SIDECAR_ROOTS,
      ...options,
    }),
  );
}

async function startProxy(running: RunningControlPlane, options: Partial<TestProxyOptions> = {}): Promise<TestProxy> {
  const proxy = await createProxy(running, options);
  await proxy.start();
  await waitFor(() => proxy.client.isConnected, { what: () => `the proxy to be up to date: ${proxy.ends.join('; ')}` });
  return proxy;
}

function freshRequest(): string {
  return createSigningRequest(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

const eventOf = (kind: ControlPlaneEvent['kind']): ControlPlaneEvent | undefined => events.find(event => event.kind === kind);

describe('documents', () => {
  it('have to be whole at a cold start', async () => {
    await config.write('route.yaml', cartRouteYaml('/cart', 'ruels'));
    await expect(start()).rejects.toMatchObject({
      name: 'StartError',
      problems: [expect.objectContaining({ severity: 'error', message: expect.stringContaining('ruels') })],
    });
    const partial = await start({ allowsPartial: true });
    expect(partial.controlPlane.objects.keys()).not.toContain('HTTPRoute/shop/cart');
  });

  it('keep what they said when a typo comes, and go on when it is mended', async () => {
    const running = await start();
    const proxy = await startProxy(running);
    await proxy.client.need(nameRoot('mesh/shop/cart'), 5000);
    const ruleOf = (): string => JSON.stringify(proxy.running.get('rule/shop/cart/0'));
    expect(ruleOf()).toContain('/cart');
    await config.write('route.yaml', cartRouteYaml('/basket', 'ruels'));
    await waitFor(() => eventOf('problems'), { what: 'the problem' });
    expect(running.controlPlane.problems).toMatchObject([{ severity: 'error' }]);
    expect(ruleOf()).toContain('/cart');
    await config.write('route.yaml', cartRouteYaml('/basket'));
    await waitFor(() => ruleOf().includes('/basket'), { what: 'the new rule' });
    expect(eventOf('recovered')).toBeDefined();
  });

  it('do not change the trust domain once somebody was certified', async () => {
    const first = await start();
    await first.stop();
    await config.write(
      'mesh.yaml',
      `
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XMesh
metadata: { name: weir }
spec:
  controllerName: weir.dev/mesh-controller
  parametersRef: { group: '', kind: ConfigMap, name: mesh, namespace: weir }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: mesh, namespace: weir }
data: { trustDomain: other.example }
`,
    );
    const running = await start();
    expect(running.startProblems).toMatchObject([{ code: 'other-trust-domain', severity: 'error' }]);
    const proxy = await startProxy(running);
    expect(proxy.running.get('mesh-settings')).toMatchObject({ trustDomain: 'weir.local' });
    await running.stop();
    await expect(start({ trustDomain: 'other.example' })).rejects.toThrow('other.example');
  });
});

describe('joining', () => {
  it('gives a leaf once, and renews it by itself', async () => {
    const running = await start();
    const joinText = await joinTextFor(running);
    const proxy = await startProxy(running, { joinText });
    expect(proxy.keeper.leaf()?.id).toMatchObject({ namespace: 'shop', name: 'cart' });
    expect(eventOf('joined')).toEqual({ kind: 'joined', identity: 'shop/cart', addresses: [CART] });
    const before = proxy.keeper.leaf()?.credential.chainPem;
    proxy.keeper.renew();
    await waitFor(() => proxy.keeper.leaf()?.credential.chainPem !== before, { what: 'the renewal' });

    const thief = await createProxy(running, { joinText });
    await thief.keeper.start();
    await waitFor(() => thief.failures.find(text => text.includes('was used on')), { what: 'the refusal' });
    expect(eventOf('not-certified')).toMatchObject({ from: 'somebody without a certificate' });
  });

  it('is refused late, without a token, for another address, and with a request that proves nothing; the token stays good', async () => {
    const running = await start();
    const late = await joinTextFor(running, 'cart', 1000);
    const proxy = await createProxy(running, { addresses: ['192.0.2.1'] });
    const refusalOf = async (question: Promise<unknown>): Promise<string> => question.then(() => '', String);
    expect(await refusalOf(proxy.certify(freshRequest()))).toContain(`may register ${CART}, and not "192.0.2.1"`);
    expect(await refusalOf(proxy.certify(freshRequest(), ''))).toContain('join with a token');
    const good = await createProxy(running);
    expect(await refusalOf(good.certify('no request'))).toContain('no PKCS #10 request');
    expect(await refusalOf(good.certify('x'.repeat(70_000)))).toContain('[resource_exhausted]');
    const { joinTokens } = running.controlPlane;
    await waitFor(async () => !(await joinTokens.inspect(late.slice(0, late.indexOf('.')))).isValid, {
      what: 'the token to expire',
    });
    expect(await refusalOf(good.certify(freshRequest(), late))).toContain('expired');
    await good.certify(freshRequest());
    const secret = late.slice('weirjoin_'.length, 40);
    expect(JSON.stringify(events)).not.toContain(secret);
    expect(JSON.stringify(events)).not.toContain('PRIVATE');
  });

  it('is as nobody else: a keeper that expects another identity takes nothing, and no token is for the control plane', async () => {
    const running = await start();
    const other = await createProxy(running, { joinText: await joinTextFor(running, 'stock') });
    await other.keeper.start();
    await waitFor(() => other.failures.find(text => text.includes('shop/sa/stock')), { what: 'the refusal' });
    const identity = { trustDomain: 'weir.local', namespace: 'weir-system', name: 'control-plane' };
    await expect(running.controlPlane.issueJoinText({ identity, addresses: [CART], ttlMs: 1000 })).rejects.toThrow('itself');
  });

  it('shows the root in the chain, so that its fingerprint can be compared', async () => {
    const running = await start();
    const socket = connect({ host: '127.0.0.1', port: running.listen.port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    cleanups.defer(() => void socket.destroy());
    await waitFor(() => socket.getPeerX509Certificate(), { what: 'the handshake' });
    const chain = [socket.getPeerX509Certificate()];
    while (chain.at(-1)?.issuerCertificate !== undefined && chain.length < 5) chain.push(chain.at(-1)?.issuerCertificate);
    const [, root] = (await joinTextFor(running)).split('.');
    expect(chain.map(one => one?.fingerprint256.replaceAll(':', '').toLowerCase())).toContain(root);
  });
});

describe('the stream', () => {
  it('is for nobody without a certificate of the mesh', async () => {
    const running = await start();
    const proxy = await createProxy(running);
    await proxy.client.start();
    await waitFor(() => proxy.ends.find(text => text.includes('no identity')), { what: 'the refusal' });

    const strangers = await createTestAuthority('strangers');
    const { certificatePem, keyPem } = await strangers.issue('spiffe://weir.local/ns/shop/sa/cart');
    const tls = { ...proxy.mutualTls(), cert: certificatePem, key: keyPem };
    const url = `https://127.0.0.1:${running.listen.port}`;
    const renewal = certifyOver({ url, tls }, { proof: { case: undefined }, csrPem: freshRequest(), addresses: [] });
    await expect(renewal).rejects.toThrow('join with a token');
    expect(eventOf('peer-refused')).toMatchObject({ address: '127.0.0.1' });
  });

  it('ends when the certificate that it was made with does, and is only for who has another one', async () => {
    const running = await start({ leafLifetimeMs: 10_000 });
    const [good, stuck] = [await startProxy(running), await startProxy(running, { name: 'stuck' })];
    stuck.keeper.stop();
    const namesOf = (): readonly string[] => running.controlPlane.proxies().map(({ proxy }) => proxy);
    expect(namesOf()).toHaveLength(2);
    await waitFor(() => stuck.ends.some(text => text.includes('no identity')), { what: 'the end', timeoutMs: 15_000 });
    expect(eventOf('peer-refused')).toMatchObject({ reason: expect.stringContaining('expired') });
    await waitFor(() => good.client.isConnected, { what: 'the other one to have come back' });
    expect(namesOf()).toEqual(['shop/cart/one']);
  });

  it('gives each identity what it may have, and nothing else', async () => {
    const running = await start();
    const own = nameRoot(`workload/shop/cart/${CART}`);
    const proxy = await startProxy(running, { roots: [...SIDECAR_ROOTS, own] });
    const outcomeOf = async (root: Root): Promise<string> => {
      const need = await proxy.client.need(root, 5000);
      return need.kind === 'missing' ? need.outcome : need.kind;
    };
    expect(proxy.running.has(`workload/shop/cart/${CART}`)).toBe(true);
    expect(await outcomeOf(nameRoot('mesh/shop/cart'))).toBe('present');
    expect(await outcomeOf(addressRoot(CART))).toBe('present');
    expect(await outcomeOf(nameRoot('workload/shop/cart/127.0.0.8'))).toBe('notPermitted');
    expect(await outcomeOf(nameRoot('workload/shop/stock/127.0.0.7'))).toBe('notPermitted');
    expect(await outcomeOf(nameRoot('certificate/shop/edge'))).toBe('notPermitted');
    expect(await outcomeOf('all:port')).toBe('notPermitted');
    expect(await outcomeOf('all:certificate')).toBe('notPermitted');
  });
});

describe('who has an object', () => {
  it('is told with who refuses it and why, and latched per generation', async () => {
    const running = await start();
    const { objects } = running.controlPlane;
    const reportOf = () => objects.report('HTTPRoute/shop/cart');
    expect(reportOf()).toMatchObject({ programmed: { status: 'noSubscribers' }, proxies: { needing: 0 } });
    const [good, bad] = [await startProxy(running), await startProxy(running, { name: 'two' })];
    await good.client.need(nameRoot('mesh/shop/cart'), 5000);
    await bad.client.need(nameRoot('mesh/shop/cart'), 5000);
    await waitFor(() => reportOf()?.programmed?.status === 'true', { what: 'the first version' });
    bad.refuses = '/basket';
    await config.write('route.yaml', cartRouteYaml('/basket'));
    const report = await waitFor(() => reportOf()?.proxies.refusing.length === 1 && reportOf(), { what: 'the refusal' });
    expect(report).toMatchObject({
      proxies: { needing: 2, having: 1, refusing: [{ proxy: 'shop/cart/two', reason: 'the test refuses it' }] },
      programmed: { status: 'false', of: 2, acked: 1 },
    });
    const conditions = JSON.stringify(running.controlPlane.statuses().get('HTTPRoute/shop/cart'));
    expect(conditions).toContain('"type":"weir.dev/Programmed","status":"False","reason":"Refused"');
    bad.refuses = '';
    await config.write('route.yaml', cartRouteYaml('/trolley'));
    await waitFor(() => reportOf()?.programmed?.status === 'true', { what: 'the third version' });
    await startProxy(running, { name: 'late' });
    expect(reportOf()).toMatchObject({ programmed: { status: 'true' } });
  });
});

describe('a restart', () => {
  it('keeps root, used tokens and addresses, and proxies go on where they were', async () => {
    const first = await start();
    const joinText = await joinTextFor(first);
    const unused = await joinTextFor(first);
    const own = nameRoot(`workload/shop/cart/${CART}`);
    const proxy = await startProxy(first, { joinText, roots: [...SIDECAR_ROOTS, own] });
    const { port } = first.listen;
    await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
    await first.stop();
    await waitFor(() => !proxy.client.isConnected, { what: 'the proxy to notice' });

    const second = await start({ listen: { address: '127.0.0.1', port } });
    await waitFor(() => proxy.client.isConnected, {
      what: () => `the proxy to come back: ${proxy.ends.join('; ')}`,
      timeoutMs: 20_000,
    });
    expect(proxy.running.has(`workload/shop/cart/${CART}`)).toBe(true);
    const thief = await createProxy(second, { joinText });
    await expect(thief.certify(freshRequest())).rejects.toThrow('was used on');
    await thief.certify(freshRequest(), unused);
    expect(await readFile(second.tokenPlace, 'utf8')).toMatch(/^weirapi_/v);
    expect((await stat(second.tokenPlace)).mode & 0o777).toBe(0o600);
  });
});

describe('a rotation of the root', () => {
  it('takes connected proxies along, step by step, and no handshake fails', async () => {
    const running = await start({ leafLifetimeMs: 20_000 });
    const { controlPlane } = running;
    const proxies = [await startProxy(running), await startProxy(running, { name: 'two' })];
    const [before] = controlPlane.authority.status().roots;
    const failures: unknown[] = [];
    let callCount = 0;
    await controlPlane.rotation.rotate({ isForced: false });
    while (controlPlane.authority.status().phase !== 'Stable') {
      const calls = proxies.map(proxy => proxy.ask(nameRoot(MESH_TRUST)).catch((reason: unknown) => failures.push(reason)));
      callCount += calls.length;
      await Promise.all(calls);
    }
    const [after, ...others] = controlPlane.authority.status().roots;
    expect(others).toEqual([]);
    expect(after?.fingerprint).not.toBe(before?.fingerprint);
    expect(failures).toEqual([]);
    expect(callCount).toBeGreaterThan(20);
    for (const proxy of proxies) {
      expect(proxy.keeper.leaf()?.root).toBe(after?.fingerprint);
      expect(proxy.failures).toEqual([]);
    }
    const phases = (): readonly string[] => events.flatMap(event => (event.kind === 'rotation' ? [event.phase] : []));
    // Told once it is so.
    await waitFor(() => phases().includes('Stable'), { what: () => `the last phase after ${phases().join()}` });
    expect(phases()).toEqual(['Introducing', 'Issuing', 'Retiring', 'Stable']);
    await startProxy(running, { name: 'three' });
  });

  it('waits for who has a leaf and is away, says so, and can be aborted', async () => {
    const running = await start();
    const { rotation } = running.controlPlane;
    const proxy = await startProxy(running);
    await proxy.client.close();
    await waitFor(() => running.controlPlane.proxies().length === 0, { what: 'the proxy to go' });
    await rotation.rotate({ isForced: false });
    expect(rotation.view()).toMatchObject({
      status: { phase: 'Introducing' },
      waitingFor: ['shop/cart: 1 of 1 that have a valid leaf are not connected with the bundle'],
    });
    expect((await rotation.abort()).status.phase).toBe('Stable');
  });
});
