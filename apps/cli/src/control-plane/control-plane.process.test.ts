// SPDX-License-Identifier: Apache-2.0
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const ADDRESS = '127.0.0.1';

/** Each test runs a dozen commands, each a process that takes a second of a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

let directory: TempDirectory;
let cleanups: AsyncDisposableStack;
let ports: { readonly stream: number; readonly api: number; readonly cart: number; readonly way: number };

beforeEach(async () => {
  cleanups = new AsyncDisposableStack();
  directory = cleanups.use(await createTempDirectory());
  const [stream, api, cart, way] = (await findFreePorts(4)) as [number, number, number, number];
  ports = { stream, api, cart, way };
  await directory.write('config/cart.yaml', cartServiceYaml({ address: ADDRESS, port: ports.cart }));
  await directory.write('config/route.yaml', cartRouteYaml('/cart'));
});
afterEach(() => cleanups.disposeAsync());

function weir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const own = { WEIR_STATE: join(directory.path, 'state'), XDG_RUNTIME_DIR: directory.path };
  return cleanups.use(new Child([process.execPath, MAIN, ...args], { env: { ...own, ...env } }));
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = weir(args, env);
  const { code } = await child.exited;
  return { code, out: child.stdout, err: child.stderr };
}

async function startControlPlane(flags: readonly string[] = []): Promise<Child> {
  const at = ['--listen', `${ADDRESS}:${ports.stream}`, '--api', `${ADDRESS}:${ports.api}`];
  const child = weir(['control-plane', '--config', join(directory.path, 'config'), ...at, ...flags]);
  await child.sees(/proxies connect here/v);
  return child;
}

/** A sidecar of the cart, and one of its caller that reaches it at `ports.way`. */
async function startSidecars(): Promise<readonly Child[]> {
  const application = await startUpstream(answering(echo('cart')));
  cleanups.use(application);
  const inbound = ['--inbound', `${ADDRESS}:${ports.cart}=${ADDRESS}:${application.port}`];
  const outbound = ['--outbound', `${ADDRESS}:${ports.way}=cart.shop:80`];
  const sidecars = [await startSidecar('shop/cart', inbound), await startSidecar('shop/web', outbound)];
  for (const sidecar of sidecars) await sidecar.sees(/is the sidecar of/v, 20_000);
  return sidecars;
}

async function startSidecar(identity: string, flags: readonly string[]): Promise<Child> {
  const { code, out, err } = await run(['token', '--identity', identity, '--address', ADDRESS]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const more = ['--control-plane', `${ADDRESS}:${ports.stream}`, '--access-log', 'off'];
  return weir(['sidecar', '--identity', identity, ...flags, ...more], { WEIR_JOIN: out.trim() });
}

const call = async (path: string): Promise<number> =>
  (await request({ port: ports.way }, path, { headers: { Connection: 'close' } })).status;

describe('a control plane with two sidecars', () => {
  it('says who has what, waits for a change, and rotates the root without a failed call', async () => {
    const controlPlane = await startControlPlane(['--leaf-lifetime', '30s']);
    expect((await run(['wait', 'HTTPRoute/shop/cart', '--for=programmed', '--timeout', '1ms'])).err).toContain(
      'no proxy that is connected',
    );
    await startSidecars();
    await waitFor(async () => (await call('/cart/1')) === 200, { what: 'the caller to know the Service' });
    expect(await call('/basket')).toBe(404);

    expect(await run(['wait', 'httproute/shop/cart', '--for', 'programmed'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('is programmed on'),
    });
    const { out } = await run(['status']);
    expect(out).toContain('2 proxies connected, trust domain weir.local');
    expect(out).toMatch(/^HTTPRoute\/shop\/cart +1\/1 +True +2/mv);
    const json: unknown = JSON.parse((await run(['status', 'HTTPRoute/shop/cart', '-o', 'json'])).out);
    expect(json).toMatchObject({ proxies: { needing: 1, having: 1 }, programmed: { status: 'true' } });

    await directory.write('config/route.yaml', cartRouteYaml('/basket'));
    await controlPlane.sees(/HTTPRoute shop\/cart changed/v);
    expect(await run(['wait', 'HTTPRoute/shop/cart', '--for=programmed'])).toMatchObject({ code: 0 });
    expect(await call('/basket')).toBe(200);

    const rotation = run(['identity', 'rotate', '--wait', '40s']);
    const statuses = new Set<number>();
    const look = { isOver: false };
    void rotation.finally(() => (look.isOver = true));
    while (!look.isOver) statuses.add(await call('/basket'));
    expect(await rotation).toMatchObject({ code: 0, out: expect.stringMatching(/phase +Stable/v) });
    expect([...statuses]).toEqual([200]);
    expect(controlPlane.output).not.toMatch(/weirjoin_|weirapi_|PRIVATE KEY/v);
    expect((await controlPlane.stop()).code).toBe(0);
    expect(await call('/basket')).toBe(200);
    expect((await run(['status'])).code).toBe(69);
  });
});

describe('weir admin', () => {
  /** Until the proxy has opened its way. */
  const askable = (name: string): Promise<unknown> =>
    waitFor(async () => new RegExp(`^${name}/\\S+ .* yes$`, 'mv').test((await run(['admin'])).out), {
      what: `${name} to let itself be asked`,
      timeoutMs: 60_000,
    });

  it('shows what a sidecar has and says, also after a restart of the control plane, and until it is killed', async () => {
    const first = await startControlPlane(['--log-level', 'debug']);
    const [cart] = await startSidecars();
    await askable('shop/cart');
    expect(await run(['admin', 'shop/cart'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^phase: serving\nidentity: shop\/cart\nreadiness:\n {2}isReady: true\n/v),
    });
    const { out } = await run(['admin', 'shop/cart', 'snapshot', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ resources: expect.arrayContaining([expect.objectContaining({ kind: 'workload' })]) });
    expect(out).toContain('"keyPem": "(not shown)"');
    expect(out).not.toMatch(/PRIVATE KEY|weirapi_|weirjoin_/v);
    expect((await run(['admin', 'shop/cart', 'metrics'])).out).toContain('# TYPE weir_');
    expect(await run(['admin', 'shop/cart', 'nothing'])).toMatchObject({ code: 1, err: 'weir: nothing at /nothing\n' });
    expect(first.stderr).not.toMatch(/deprecat|DEP0|weirapi_|weirjoin_/iv);
    const lines = first.stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);
    expect(lines[0]).toMatchObject({ level: 'info', event: 'started', api: `http://${ADDRESS}:${ports.api}` });
    expect(lines).toContainEqual(expect.objectContaining({ event: 'joined', identity: 'shop/cart', addresses: [ADDRESS] }));
    const asked = { level: 'debug', event: 'asked', caller: 'operator', proxy: `shop/cart/${ADDRESS}:${ports.cart}` };
    expect(lines).toContainEqual(expect.objectContaining({ ...asked, path: 'snapshot' }));

    await first.stop('SIGKILL');
    const second = await startControlPlane();
    await askable('shop/cart');
    const notes = weir(['admin', 'shop/cart', 'notes']);
    await waitFor(() => notes.stdout.includes('"text":"control plane: '), { what: () => `the notes\n${notes.output}` });
    await cart?.stop('SIGKILL');
    expect(await notes.exited).toMatchObject({ code: 1 });
    expect(notes.stderr).toContain(`shop/cart/${ADDRESS}:${ports.cart} went away`);
    await waitFor(async () => (await run(['admin', 'shop/cart'])).err.includes('no proxy is connected as shop/cart:'), {
      what: 'the sidecar to be missed',
      timeoutMs: 60_000,
    });
    expect(second.stderr).not.toMatch(/deprecat|DEP0|weirapi_/iv);
  });

  it('is for operators; viewers see who is there', async () => {
    await startControlPlane();
    await startSidecars();
    await askable('shop/web');
    const viewer = {
      WEIR_API: `http://${ADDRESS}:${ports.api}`,
      WEIR_API_TOKEN_FILE: join(directory.path, 'state/api-token-viewer'),
    };
    expect((await run(['admin'], viewer)).out).toContain(`shop/cart/${ADDRESS}:${ports.cart}`);
    expect(await run(['admin', 'shop/web'], viewer)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('needs the right relay, which the token of the viewer does not give'),
    });
    expect(await run(['token', '--identity', 'shop/cart', '--address', ADDRESS], viewer)).toMatchObject({
      code: 1,
      err: expect.stringContaining('needs the right join'),
    });
    expect(await run(['admin', 'shop/web'])).toMatchObject({ code: 0, out: expect.stringContaining('identity: shop/web') });
  });
});

describe('weir control-plane', () => {
  it('does not start with a document that it cannot read, and leaves nothing behind', async () => {
    await directory.write('config/bad.yaml', cartRouteYaml('/x', 'ruels'));
    const at = ['--listen', `${ADDRESS}:${ports.stream}`, '--api', `${ADDRESS}:${ports.api}`];
    const started = ['control-plane', '--config', join(directory.path, 'config'), ...at];
    const { code, err } = await run(started);
    expect(code).toBe(1);
    const [line = ''] = err.split('\n');
    expect(JSON.parse(line)).toMatchObject({ level: 'error', file: expect.stringMatching(/bad\.yaml$/v), line: 7, column: 3 });
    expect((await run([...started, '--log-format', 'human'])).err).toContain('bad.yaml:7:3');
    expect(err).toContain('--allow-partial starts without them');
    expect(await readdir(join(directory.path, 'state'))).not.toContain('api.json');
  });

  it('says who has its state directory or its port, and what is wrong with its files', async () => {
    const first = await startControlPlane();
    const again = ['control-plane', '--config', join(directory.path, 'config'), '--listen', `${ADDRESS}:${ports.stream}`];
    const api = ['--api', `${ADDRESS}:${ports.way}`];
    expect(await run([...again, ...api])).toMatchObject({
      code: 3,
      err: expect.stringContaining(`in use by process ${first.pid}`),
    });
    const other = await run([...again, ...api, '--state', join(directory.path, 'other')]);
    expect(other).toMatchObject({ code: 3, err: expect.stringContaining('EADDRINUSE') });
    await first.stop();
    await chmod(join(directory.path, 'state/api-token'), 0o644);
    expect(await run([...again, ...api])).toMatchObject({ code: 1, err: expect.stringContaining('chmod 600') });
    expect(await run([...again, '--api-cert', 'x'])).toMatchObject({ code: 2, err: expect.stringContaining('--api-key') });
  });

  it("serves its API with the mesh's own certificate off loopback, which commands know", async () => {
    await startControlPlane(['--api', `0.0.0.0:${ports.api}`]);
    expect(await run(['identity', 'status'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('trust domain  weir.local'),
    });
    expect((await stat(join(directory.path, 'state/api.json'))).mode & 0o777).toBe(0o600);
  });
});

const ROLLOUT = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { kind: Service, name: cart }
  revisions: { services: { stable: cart, candidate: cart-next } }
  strategy: { canary: { steps: [{ weight: 5 }, { pause: {} }] } }
`;

describe('weir rollout', () => {
  it('lists, shows and watches a rollout, and has it pause, go back and begin anew', async () => {
    const next = cartServiceYaml({ address: ADDRESS, port: ports.way }).replaceAll(': cart', ': cart-next');
    await directory.write('config/next.yaml', next.replace('10.96.0.7', '10.96.0.8'));
    await directory.write('config/rollout.yaml', ROLLOUT);
    const controlPlane = await startControlPlane();
    await controlPlane.sees(/waits for promote or abort/v, 20_000);
    expect(await run(['rollout', 'list'])).toMatchObject({
      ...{ code: 0, err: '' },
      out: expect.stringMatching(/^shop\/cart +Progressing +2\/3 +5 % +cart → cart-next +0\/0 +Pause until somebody/mv),
    });
    const json: unknown = JSON.parse((await run(['rollout', 'get', 'shop/cart', '-o', 'json'])).out);
    expect(json).toMatchObject({ name: 'cart', state: { candidate: 'cart-next', split: { candidateShare: 500 } } });
    const watch = weir(['rollout', 'watch', 'shop/cart']);
    await waitFor(() => watch.stdout.includes('Progressing  step 2/3  weight 5 %'), {
      what: () => `the watch to begin\n${watch.output}`,
      timeoutMs: 20_000,
    });

    expect(await run(['rollout', 'pause', 'shop/cart'])).toEqual({ code: 0, out: 'What is in force holds.\n', err: '' });
    expect(await run(['rollout', 'retry', 'shop/cart'])).toEqual({
      ...{ code: 1, out: '', err: 'weir: Only a rollout that is aborted can be retried.\n' },
    });
    expect(await run(['rollout', 'watch', 'shop/cart', '--timeout', '1ms'])).toMatchObject({
      ...{ code: 1, err: expect.stringContaining('has not ended within --timeout: it is Progressing. Paused by operator') },
    });
    expect(await run(['rollout', 'abort', 'shop/cart'])).toMatchObject({ code: 0, out: 'All requests go back to stable.\n' });
    expect(await watch.exited).toMatchObject({ code: 3 });
    expect(watch.stderr).toContain('shop/cart: cart-next was taken out by operator: ');
    expect((await run(['rollout', 'get', 'shop/cart'])).out).toMatch(/● Aborted .*^ {2}aborted {2}cart-next by operator/msv);
    expect(await run(['rollout', 'retry', 'shop/cart'])).toMatchObject({ code: 0, out: 'The rollout begins anew.\n' });
    expect(await run(['rollout', 'promote', '--full', 'cart'])).toMatchObject({
      ...{ code: 1, err: expect.stringContaining('there is no Rollout default/cart among the documents: weir rollout list') },
    });
    expect((await run(['rollout', 'promote', '--full', 'shop/cart'])).code).toBe(0);
    expect(await run(['rollout', 'get', 'a/b/c'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('write NAMESPACE/NAME'),
    });
  });
});

describe('commands that ask it', () => {
  it('say what is missing', async () => {
    expect(await run(['status'])).toMatchObject({
      code: 69,
      err: expect.stringContaining('no control plane runs with the state directory'),
    });
    const gone = { WEIR_API: `http://${ADDRESS}:${ports.api}`, WEIR_API_TOKEN_FILE: join(directory.path, 'config/cart.yaml') };
    expect(await run(['status'], gone)).toMatchObject({ code: 69, err: expect.stringContaining('no control plane answers at') });
    expect(await run(['status'], { WEIR_API: 'here' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('WEIR_API is "here"'),
    });
    expect(await run(['wait', 'Ingress/x', '--for=programmed'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no kind that Weir reads'),
    });
  });

  it('say what the control plane refuses', async () => {
    await startControlPlane();
    const wrong = { WEIR_API: `http://${ADDRESS}:${ports.api}`, WEIR_API_TOKEN_FILE: join(directory.path, 'config/cart.yaml') };
    expect(await run(['status'], { ...wrong, WEIR_API_TOKEN_FILE: MAIN })).toMatchObject({ code: 69 });
    await directory.write('token', 'weirapi_wrong\n');
    const stranger = { ...wrong, WEIR_API_TOKEN_FILE: join(directory.path, 'token') };
    expect(await run(['status'], stranger)).toMatchObject({ code: 1, err: expect.stringContaining('send a token') });
    const own = ['token', '--identity', 'weir-system/control-plane', '--address', ADDRESS];
    expect(await run(own)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('the control plane itself') });
    expect(await run(['token', '--identity', 'shop/cart', '--address', ADDRESS, '--ttl', '200h'])).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await run(['wait', 'Service/shop/cart', '--for=programmed'])).toMatchObject({ code: 2 });
    expect(await run(['status', 'HTTPRoute/shop/none'])).toMatchObject({ code: 1 });
    expect(await readFile(join(directory.path, 'state/join-tokens.json'), 'utf8').catch(() => '')).toBe('');
  });
});
