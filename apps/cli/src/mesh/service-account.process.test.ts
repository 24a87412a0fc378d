// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { startControlPlane } from '@weir/control-plane';
import type { ControlPlaneEvent, RunningControlPlane } from '@weir/control-plane';
import { createSigningRequest } from '@weir/identity';
import { ApiConnection, PodReader, TokenReviewer } from '@weir/kubernetes';
import { Child, createTempDirectory, findFreePorts, hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TempDirectory, TestApiServer } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const NAMESPACE = '/api/v1/namespaces/default';
const CART = '127.0.0.7';
const STOCK = '127.0.0.8';

vi.setConfig({ testTimeout: 120_000 });

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: default }
spec: { ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cart
  namespace: default
  labels: { kubernetes.io/service-name: cart }
addressType: IPv4
ports: [{ name: http, port: 9000 }]
endpoints: [{ addresses: [${CART}], targetRef: { kind: Pod, name: cart, namespace: default } }]
---
apiVersion: v1
kind: Pod
metadata: { name: cart, namespace: default, labels: { weir.dev/injected: "true" } }
spec: { serviceAccountName: cart }
status: { phase: Running, podIPs: [{ ip: ${CART} }] }
`;

interface Wanted {
  readonly audience?: string;
  /** Bound to none where it is undefined. */
  readonly pod?: string;
}

describe.skipIf(!hasApiServer())('a service account (skipped where etcd and kube-apiserver are not installed)', () => {
  let server: TestApiServer;
  let connection: ApiConnection;
  let directory: TempDirectory;
  let running: AsyncDisposableStack;
  let events: ControlPlaneEvent[];
  let port = 0;

  beforeAll(async () => {
    server = await startApiServer();
    await waitFor(async () => (await server.call('GET', NAMESPACE)).status === 200, { what: 'the namespace' });
    await createPod('cart', CART);
    await createPod('stock', STOCK);
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
  }, 180_000);

  afterAll(async () => {
    connection.close();
    await server[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    running = new AsyncDisposableStack();
    directory = running.use(await createTempDirectory());
    events = [];
    [port = 0] = await findFreePorts(1);
    await directory.write('config/service.yaml', SERVICE);
  });
  afterEach(() => running.disposeAsync());

  /** A service account and a Pod of it that runs. */
  async function createPod(name: string, address: string): Promise<void> {
    await created('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    const spec = { serviceAccountName: name, nodeName: 'one', containers: [{ name: 'app', image: 'app' }] };
    await created('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }] };
    expect(await server.call('PATCH', `${NAMESPACE}/pods/${name}/status`, { status })).toMatchObject({ status: 200 });
  }

  async function created(plural: string, object: object): Promise<void> {
    expect(await server.call('POST', `${NAMESPACE}/${plural}`, object)).toMatchObject({ status: 201 });
  }

  async function tokenOf(account: string, { audience = 'weir', pod }: Wanted = {}): Promise<string> {
    const boundObjectRef = pod === undefined ? undefined : { kind: 'Pod', apiVersion: 'v1', name: pod };
    const { body } = await server.call('POST', `${NAMESPACE}/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], boundObjectRef },
    });
    return (body as { readonly status: { readonly token: string } }).status.token;
  }

  async function start(leafLifetimeMs?: number): Promise<RunningControlPlane> {
    const started = await startControlPlane({
      ...{ directory: join(directory.path, 'config'), stateDirectory: join(directory.path, 'state'), leafLifetimeMs },
      ...{ listen: { address: '127.0.0.1', port }, api: { address: '127.0.0.1', port: 0 }, apiHostNames: [] },
      ...{ apiTls: undefined, trustDomain: undefined, bindAddress: '127.0.0.1', allowsPartial: false },
      accounts: { tokens: new TokenReviewer(connection), pods: new PodReader(connection) },
      onEvent: event => void events.push(event),
    });
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (!isStopped) await started.stop();
      isStopped = true;
    };
    running.defer(stop);
    await writeRoots(started);
    return { ...started, stop };
  }

  const writeRoots = ({ controlPlane }: RunningControlPlane): Promise<void> =>
    directory.write('roots.pem', controlPlane.authority.bundle().rootsPem);

  /** By what kubelet has written, without waiting. */
  function startSidecar(): Child {
    const files = ['--service-account-token', join(directory.path, 'token'), '--roots', join(directory.path, 'roots.pem')];
    const own = ['--identity', 'default/cart', '--capture', CART, '--state', join(directory.path, 'sidecar')];
    const flags = [...own, ...files, '--control-plane', `localhost:${port}`, '--access-log', 'off', '--drain-delay', '0'];
    const env = { XDG_RUNTIME_DIR: directory.path };
    return running.use(new Child([process.execPath, MAIN, 'sidecar', ...flags], { env }));
  }

  interface Asked {
    /** Undefined = by the certificate of `peer`. */
    readonly token?: string;
    readonly peer?: string;
    readonly addresses: readonly string[];
  }

  async function answerTo({ controlPlane }: RunningControlPlane, { token, peer, addresses }: Asked): Promise<string> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const requestPem = createSigningRequest(privateKey);
    try {
      const proof = token === undefined ? undefined : ({ kind: 'serviceAccount', text: token } as const);
      const certified = peer === undefined ? undefined : { identity: peer, leaf: '' };
      const { id } = await controlPlane.certify({ requestPem, token: proof, addresses }, certified);
      return `certified as ${id.namespace}/${id.name}`;
    } catch (reason) {
      return String(reason);
    }
  }

  it('proves who a Pod is, and where', async () => {
    const first = await start();
    const ask = (token: string, addresses: readonly string[] = []): Promise<string> => answerTo(first, { token, addresses });
    const cart = await tokenOf('cart', { pod: 'cart' });
    expect(await ask(cart, [CART])).toBe('certified as default/cart');
    expect(await ask(cart)).toBe('certified as default/cart');
    expect(events.filter(({ kind }) => kind === 'joined')).toEqual([
      { kind: 'joined', identity: 'default/cart', addresses: [CART] },
      { kind: 'joined', identity: 'default/cart', addresses: [CART] },
    ]);
    expect(await ask(cart, [STOCK])).toContain(`may register ${CART}, and not "${STOCK}"`);
    expect(await ask(await tokenOf('cart'), [CART])).toContain('may register no address');
    expect(await ask(await tokenOf('cart', { audience: 'somebody' }), [CART])).toContain('for "somebody" and not for weir');
    const [head, , signature] = cart.split('.');
    const forged = `${head}.${(await tokenOf('stock', { pod: 'stock' })).split('.')[1]}.${signature}`;
    expect(await ask(forged, [STOCK])).toContain('does not believe the token');
    await createPod('gone', '127.0.0.9');
    const late = await tokenOf('gone', { pod: 'gone' });
    await server.call('DELETE', `${NAMESPACE}/pods/gone?gracePeriodSeconds=0`);
    await waitFor(async () => (await ask(late)).includes('NotCertified'), { what: 'the end of the Pod', timeoutMs: 30_000 });
  });

  it('is renewed where its Pods are, whatever this replica remembers of joining', async () => {
    const first = await start();
    const renew = (peer: string, address: string): Promise<string> => answerTo(first, { peer, addresses: [address] });
    expect(await renew('default/cart', CART)).toBe('certified as default/cart');
    expect(await renew('default/stock', CART)).toContain(`may register no address, and not "${CART}"`);
    // It may be of a Pod that has just begun.
    expect(await renew('default/stock', STOCK)).toBe('certified as default/stock');
  });

  it('has a sidecar join when kubelet has written its files', async () => {
    const { controlPlane } = await start();
    const sidecar = startSidecar();
    await sidecar.sees(/no certificate: --service-account-token .+ cannot be read/);
    await directory.write('token', await tokenOf('cart', { pod: 'cart' }));
    await sidecar.sees(/is the sidecar of/, 30_000);
    expect(controlPlane.proxies()).toMatchObject([{ proxy: 'default/cart/127.0.0.7' }]);
  });

  it('is nobody else for a sidecar', async () => {
    await start();
    await directory.write('token', await tokenOf('stock', { pod: 'stock' }));
    await startSidecar().sees(/may register 127\.0\.0\.8, and not "127\.0\.0\.7"/);
  });

  it('proves it again where the certificate has expired, by the token of that time', async () => {
    const first = await start(10_000);
    await directory.write('token', await tokenOf('cart', { pod: 'cart' }));
    const sidecar = startSidecar();
    await sidecar.sees(/is the sidecar of/, 30_000);
    await first.stop();
    await directory.write('token', 'too old');
    await sidecar.sees(/has expired|expired at/, 30_000);
    await start();
    await sidecar.sees(/no token of a service account/, 90_000);
    await directory.write('token', await tokenOf('cart', { pod: 'cart' }));
    await waitFor(() => events.filter(({ kind }) => kind === 'joined').length === 2, {
      what: () => `the second time\n${sidecar.output}`,
      timeoutMs: 90_000,
    });
  });

  it('brings back who was away while another root took the place of the first', async () => {
    const first = await start();
    await directory.write('token', await tokenOf('cart', { pod: 'cart' }));
    const before = startSidecar();
    await before.sees(/is the sidecar of/, 30_000);
    await before.stop();
    const { rotation, authority } = first.controlPlane;
    await rotation.rotate({ isForced: true });
    while (authority.status().phase !== 'Stable') await rotation.rotate({ isForced: true });
    await writeRoots(first);
    const after = startSidecar();
    await waitFor(() => first.controlPlane.proxies().length === 1, { what: () => after.output, timeoutMs: 60_000 });
  });
});
