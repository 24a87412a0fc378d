// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  cartRouteYaml,
  cartServiceYaml,
  answering,
  Child,
  createTempDirectory,
  echo,
  findFreePorts,
  request,
  startUpstream,
  waitFor,
} from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkOutPreviousCommit, PRESENT, whyNoPreviousCommit } from './stage/previous-commit.ts';

/** Each test runs half a dozen processes, each of which takes seconds of a busy machine to start. */
vi.setConfig({ testTimeout: 120_000 });

const ADDRESS = '127.0.0.1';
const obstacle = whyNoPreviousCommit();

let tree: TempDirectory;
let previous: string;
let directory: TempDirectory;
let cleanups: AsyncDisposableStack;
let ports: { readonly stream: number; readonly api: number; readonly cart: number; readonly way: number; readonly edge: number };

beforeAll(async () => {
  tree = await createTempDirectory();
  if (obstacle === undefined) previous = await checkOutPreviousCommit(tree);
});
afterAll(() => tree[Symbol.asyncDispose]());

beforeEach(async () => {
  cleanups = new AsyncDisposableStack();
  directory = cleanups.use(await createTempDirectory());
  const [stream = 0, api = 0, cart = 0, way = 0, edge = 0] = await findFreePorts(5);
  ports = { stream, api, cart, way, edge };
  await directory.write('config/service.yaml', cartServiceYaml({ address: ADDRESS, port: ports.cart }));
  await directory.write('config/route.yaml', cartRouteYaml('/cart'));
  await directory.write('config/edge.yaml', edgeFile());
});
afterEach(() => cleanups.disposeAsync());

function edgeFile(): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, protocol: HTTP, port: ${ports.edge} }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: edge, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules: [{ backendRefs: [{ name: cart, port: 80 }] }]
`;
}

function weir(main: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const own = { WEIR_STATE: join(directory.path, 'state'), XDG_RUNTIME_DIR: directory.path };
  return cleanups.use(new Child([process.execPath, main, ...args], { env: { ...own, ...env } }));
}

async function startSidecar(versions: Versions, identity: string, flags: readonly string[]): Promise<void> {
  const token = weir(versions.controlPlane, ['token', '--identity', identity, '--address', ADDRESS]);
  await token.exited;
  const args = [
    'sidecar',
    '--identity',
    identity,
    '--control-plane',
    `${ADDRESS}:${ports.stream}`,
    '--access-log',
    'off',
    ...flags,
  ];
  await weir(versions.proxies, args, { WEIR_JOIN: token.stdout.trim() }).sees(/is the sidecar of/v, 30_000);
}

/** Whether this version has a gateway that a control plane feeds. */
function hasGateway(main: string): boolean {
  return existsSync(join(dirname(main), 'gateway/gateway-command.ts'));
}

/** Calls the cart through a gateway of its own process. */
async function callAtTheEdge(versions: Versions): Promise<number> {
  const token = weir(versions.controlPlane, ['token', '--identity', 'weir-system/gateway', '--address', ADDRESS]);
  await token.exited;
  const args = ['gateway', '--control-plane', `${ADDRESS}:${ports.stream}`, '--metrics-address', 'off', '--workers', '1'];
  await weir(versions.proxies, args, { WEIR_JOIN: token.stdout.trim() }).sees(/is a gateway of/v, 30_000);
  return (await request({ port: ports.edge }, '/any', { headers: { Connection: 'close' } })).status;
}

interface Versions {
  readonly controlPlane: string;
  readonly proxies: string;
}

async function statusOf(path: string): Promise<number> {
  return (await request({ port: ports.way }, path, { headers: { Connection: 'close' } })).status;
}

async function showThatItWorks(versions: Versions): Promise<void> {
  const at = ['--listen', `${ADDRESS}:${ports.stream}`, '--api', `${ADDRESS}:${ports.api}`];
  const controlPlane = weir(versions.controlPlane, ['control-plane', '--config', join(directory.path, 'config'), ...at]);
  await controlPlane.sees(/proxies connect here/v, 30_000);
  const application = cleanups.use(await startUpstream(answering(echo('cart'))));
  await startSidecar(versions, 'shop/cart', ['--inbound', `${ADDRESS}:${ports.cart}=${ADDRESS}:${application.port}`]);
  await startSidecar(versions, 'shop/web', ['--outbound', `${ADDRESS}:${ports.way}=cart.shop:80`]);
  await waitFor(async () => (await statusOf('/cart')) === 200, { what: () => `a call to arrive\n${controlPlane.output}` });
  await directory.write('config/route.yaml', cartRouteYaml('/basket'));
  await waitFor(async () => (await statusOf('/basket')) === 200, { what: () => `the change to arrive\n${controlPlane.output}` });
  expect(await statusOf('/cart')).toBe(404);
  const status = weir(versions.controlPlane, ['status', 'HTTPRoute/shop/cart']);
  expect(await status.exited).toMatchObject({ code: 0 });
  expect(status.stdout).toContain('1/1');
  if (hasGateway(versions.proxies)) expect(await callAtTheEdge(versions)).toBe(200);
}

describe.skipIf(obstacle !== undefined)(
  `the commit before and this one${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    it('work together when the control plane is newer', async () => {
      await showThatItWorks({ controlPlane: PRESENT, proxies: previous });
    });

    it('work together when the proxies are newer', async () => {
      await showThatItWorks({ controlPlane: previous, proxies: PRESENT });
    });
  },
);
